import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** What each part may import from other parts. What meets only in the store has no line to each other here. */
const ALLOWED: Readonly<Record<string, readonly string[]>> = {
  'src/chain': [],
  'src/errors.ts': [],
  'src/bounded-text.ts': [],
  'src/origins/web-origin.ts': [],
  'src/counted.ts': [],
  'src/steady-clock.ts': [],
  'src/unless-aborted.ts': [],
  'src/failures': ['src/errors.ts'],
  'src/temporary-folder.ts': ['src/failures', 'src/errors.ts'],
  'src/rpc': ['src/failures', 'src/chain', 'src/errors.ts'],
  'src/store': ['src/failures', 'src/chain', 'src/errors.ts'],
  'src/access': ['src/failures', 'src/store', 'src/errors.ts'],
  'src/query': ['src/chain', 'src/store', 'src/counted.ts', 'src/errors.ts'],
  'src/live': ['src/chain', 'src/store', 'src/query', 'src/errors.ts'],
  'src/gateway': [
    'src/failures',
    'src/chain',
    'src/rpc',
    'src/store',
    'src/query',
    'src/live',
    'src/access',
    'src/origins/web-origin.ts',
    'src/counted.ts',
    'src/unless-aborted.ts',
    'src/errors.ts',
    'src/paths.ts',
  ],
  indexer: [
    'src/chain',
    'src/rpc',
    'src/store',
    'src/counted.ts',
    'src/errors.ts',
    'src/steady-clock.ts',
    'src/failures',
  ],
  'src/settings': ['src/chain', 'src/rpc', 'src/store', 'src/origins/web-origin.ts', 'src/errors.ts', 'indexer'],
  dev: [
    'src/temporary-folder.ts',
    'src/bounded-text.ts',
    'src/failures',
    'src/chain',
    'src/rpc',
    'src/store',
    'src/live',
    'src/gateway',
    'src/settings',
    'src/errors.ts',
    'indexer',
  ],
  'k8s/api': [],
  'k8s/operator/images.ts': ['k8s/api'],
  'k8s/operator/runtime': [
    'k8s/api',
    'src/bounded-text.ts',
    'src/errors.ts',
    'src/failures',
    'src/steady-clock.ts',
    'src/unless-aborted.ts',
  ],
  'k8s/operator/node': [
    'k8s/api',
    'k8s/operator/images.ts',
    'k8s/operator/runtime',
    'src/chain',
    'src/rpc',
    'src/errors.ts',
  ],
  'k8s/operator/index': [
    'k8s/api',
    'k8s/operator/images.ts',
    'k8s/operator/runtime',
    'k8s/operator/node',
    'src/chain',
    'src/bounded-text.ts',
    'src/errors.ts',
    'src/failures',
  ],
  'k8s/operator/trigger': [
    'src/bounded-text.ts',
    'src/failures',
    'k8s/api',
    'k8s/operator/runtime',
    'k8s/operator/node',
    'k8s/operator/index',
    'src/chain',
    'src/rpc',
    'src/errors.ts',
  ],
  'k8s/operator': [
    'k8s/api',
    'k8s/operator/runtime',
    'k8s/operator/node',
    'k8s/operator/index',
    'k8s/operator/trigger',
    'src/errors.ts',
  ],
  'src/metrics': [
    'src/failures',
    'src/gateway',
    'src/errors.ts',
    'indexer',
    'k8s/api',
    'k8s/operator',
    'k8s/operator/runtime',
  ],
  cli: [
    'src/temporary-folder.ts',
    'src/failures',
    'src/bounded-text.ts',
    'src/counted.ts',
    'src/chain',
    'src/rpc',
    'src/store',
    'src/query',
    'src/live',
    'src/gateway',
    'src/metrics',
    'src/access',
    'src/settings',
    'dev',
    'src/errors.ts',
    'src/paths.ts',
    'indexer',
    'k8s/operator',
    'k8s/operator/runtime',
  ],
  'src/paths.ts': [],
};

function partOf(file: string): string {
  const part = Object.keys(ALLOWED).find((name) => file === name || file.startsWith(`${name}/`));
  return part ?? file;
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1]!);
  return specifiers.map((specifier) => relative(ROOT, join(ROOT, dirname(file), specifier)));
}

const files = globSync('{src,indexer,k8s,dev,cli}/**/*.ts', { cwd: ROOT });

describe('imports', () => {
  it('are read from all source files', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(files.flatMap(importsOf).length).toBeGreaterThan(100);
  });

  it('go one way', () => {
    const forbidden = files.flatMap((file) => {
      const part = partOf(file);
      const targets = importsOf(file).filter((target) => {
        const other = partOf(target);
        return other !== part && !ALLOWED[part]?.includes(other);
      });
      return targets.map((target) => `${file} imports ${target}`);
    });
    expect(forbidden).toEqual([]);
  });
});

/** All that is loaded with a file, by path; libraries by name. */
function loadedWith(file: string, loaded = new Set<string>()): Set<string> {
  loaded.add(file);
  const source = readFileSync(join(ROOT, file), 'utf8');
  for (const [, specifier] of source.matchAll(/^(?:import|export) (?!type )(?:[\w*{},\s]+ from )?'([^']+)';/gm)) {
    const target = specifier!.startsWith('.') ? relative(ROOT, join(ROOT, dirname(file), specifier!)) : specifier!;
    if (loaded.has(target)) continue;
    if (target.endsWith('.ts')) loadedWith(target, loaded);
    else loaded.add(target);
  }
  return loaded;
}

describe('the command line', () => {
  it('loads no library that takes long before it knows what is to be done', () => {
    const loaded = [...loadedWith('cli/main.ts')];
    expect(loaded.filter((name) => name.startsWith('cli/commands/')).length).toBeGreaterThan(8);
    const libraries = loaded.filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'));
    expect(libraries.sort()).toEqual(['eventsource-parser', 'proxy-addr']);
  });
});

describe('the package bitcoin-core', () => {
  // It bounds neither what it reads nor how long that takes (docs/decisions.md).
  it('is used in one place, and not loaded by what follows or asks a node of others', () => {
    const users = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes("from 'bitcoin-core'"));
    expect(users).toEqual(['dev/own-bitcoind.ts']);
    for (const file of ['cli/services.ts', 'cli/operator-service.ts', 'cli/dev/actions.ts']) {
      expect(loadedWith(file)).not.toContain('bitcoin-core');
    }
    expect(loadedWith('dev/start-dev.ts')).toContain('bitcoin-core');
  });
});
