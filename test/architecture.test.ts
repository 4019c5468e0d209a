import { globSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/**
 * The parts of the source, each a folder or a file, from the bottom to the top, with the parts that each imports. What meets only
 * in the store has no line to each other here.
 */
const PARTS: Readonly<Record<string, readonly string[]>> = {
  'src/errors.ts': [],
  'src/counted.ts': [],
  'src/json.ts': [],
  'src/waiting.ts': [],
  'src/failures': ['src/errors.ts'],
  'src/client': ['src/counted.ts', 'src/json.ts', 'src/waiting.ts', 'src/failures'],
  'src/temporary-folder.ts': ['src/errors.ts', 'src/failures'],
  'src/package-root.ts': [],
  'src/text-server.ts': ['src/errors.ts', 'src/failures'],
  'src/origin-policy.ts': ['src/errors.ts'],
  'src/metrics': ['src/package-root.ts', 'src/text-server.ts', 'src/origin-policy.ts'],
  'src/chain': [],
  'src/rpc': ['src/errors.ts', 'src/json.ts', 'src/waiting.ts', 'src/failures', 'src/chain'],
  'src/store': ['src/errors.ts', 'src/waiting.ts', 'src/failures', 'src/chain'],
  'src/access': ['src/errors.ts', 'src/json.ts', 'src/store'],
  'src/query': ['src/errors.ts', 'src/counted.ts', 'src/waiting.ts', 'src/chain', 'src/store'],
  'src/mempool': ['src/errors.ts', 'src/chain', 'src/rpc', 'src/store', 'src/query'],
  'src/live': ['src/errors.ts', 'src/waiting.ts', 'src/chain', 'src/store', 'src/query'],
  'src/wallet': ['src/errors.ts', 'src/chain', 'src/store', 'src/query'],
  'src/gateway/limits': ['src/errors.ts', 'src/counted.ts', 'src/waiting.ts'],
  'src/gateway/requests': ['src/errors.ts', 'src/json.ts', 'src/gateway/limits'],
  'src/gateway/observe': [
    'src/errors.ts',
    'src/waiting.ts',
    'src/metrics',
    'src/store',
    'src/live',
    'src/gateway/limits',
    'src/gateway/requests',
  ],
  'src/gateway/cost': ['src/errors.ts', 'src/query', 'src/gateway/limits', 'src/gateway/requests'],
  'src/gateway/callers': [
    'src/errors.ts',
    'src/counted.ts',
    'src/waiting.ts',
    'src/origin-policy.ts',
    'src/access',
    'src/query',
    'src/live',
    'src/gateway/limits',
    'src/gateway/cost',
  ],
  'src/gateway/resolvers': [
    'src/errors.ts',
    'src/chain',
    'src/waiting.ts',
    'src/rpc',
    'src/store',
    'src/query',
    'src/mempool',
    'src/live',
    'src/wallet',
    'src/gateway/limits',
    'src/gateway/requests',
    'src/gateway/observe',
    'src/gateway/cost',
  ],
  'src/gateway/graphql': [
    'src/errors.ts',
    'src/counted.ts',
    'src/client',
    'src/package-root.ts',
    'src/chain',
    'src/query',
    'src/mempool',
    'src/live',
    'src/wallet',
    'src/gateway/limits',
    'src/gateway/requests',
    'src/gateway/observe',
    'src/gateway/cost',
    'src/gateway/resolvers',
  ],
  'src/gateway/bytes': ['src/errors.ts', 'src/chain', 'src/store', 'src/query'],
  'src/gateway/streams': [
    'src/errors.ts',
    'src/waiting.ts',
    'src/origin-policy.ts',
    'src/query',
    'src/live',
    'src/gateway/limits',
    'src/gateway/requests',
    'src/gateway/observe',
    'src/gateway/cost',
    'src/gateway/callers',
    'src/gateway/resolvers',
    'src/gateway/graphql',
  ],
  'src/gateway/graphiql': ['src/package-root.ts'],
  'src/gateway/http': [
    'src/errors.ts',
    'src/waiting.ts',
    'src/failures',
    'src/origin-policy.ts',
    'src/gateway/limits',
    'src/gateway/requests',
    'src/gateway/observe',
    'src/gateway/cost',
    'src/gateway/callers',
    'src/gateway/resolvers',
    'src/gateway/graphql',
    'src/gateway/bytes',
    'src/gateway/streams',
  ],
  'src/gateway/server.ts': [
    'src/origin-policy.ts',
    'src/gateway/requests',
    'src/gateway/observe',
    'src/gateway/callers',
    'src/gateway/graphql',
    'src/gateway/streams',
    'src/gateway/graphiql',
    'src/gateway/http',
  ],
  'src/settings': ['src/origin-policy.ts', 'src/chain', 'src/store'],
  'indexer/ahead.ts': [],
  'indexer/patience.ts': ['src/errors.ts', 'src/waiting.ts', 'src/failures'],
  'indexer/holder.ts': [],
  'indexer/term.ts': ['src/errors.ts', 'src/store', 'indexer/holder.ts'],
  'indexer/block-check.ts': ['src/chain', 'src/store'],
  'indexer/node': [
    'src/errors.ts',
    'src/waiting.ts',
    'src/failures',
    'src/chain',
    'src/rpc',
    'src/store',
    'indexer/block-check.ts',
  ],
  'indexer/progress.ts': ['src/store', 'indexer/node'],
  'indexer/chain': ['src/errors.ts', 'src/chain', 'src/store', 'indexer/ahead.ts', 'indexer/node'],
  'indexer/blocks': [
    'src/errors.ts',
    'src/chain',
    'indexer/progress.ts',
    'indexer/ahead.ts',
    'indexer/block-check.ts',
    'indexer/node',
    'indexer/chain',
  ],
  'indexer/outputs': ['src/errors.ts', 'src/chain', 'src/store', 'indexer/node', 'indexer/blocks'],
  'indexer/rows': ['src/chain', 'src/store', 'indexer/ahead.ts', 'indexer/chain', 'indexer/blocks', 'indexer/outputs'],
  'indexer/mempool': [
    'src/errors.ts',
    'src/waiting.ts',
    'src/chain',
    'src/store',
    'indexer/node',
    'indexer/chain',
    'indexer/outputs',
    'indexer/rows',
  ],
  'indexer/families': ['src/chain', 'src/store', 'indexer/mempool', 'indexer/rows'],
  'indexer/stretch.ts': [
    'src/chain',
    'src/store',
    'indexer/progress.ts',
    'indexer/ahead.ts',
    'indexer/node',
    'indexer/chain',
    'indexer/blocks',
    'indexer/outputs',
    'indexer/rows',
    'indexer/mempool',
  ],
  'indexer/commit.ts': ['src/store', 'indexer/node', 'indexer/chain', 'indexer/mempool', 'indexer/stretch.ts'],
  'indexer/history.ts': [
    'src/errors.ts',
    'src/chain',
    'src/store',
    'indexer/chain',
    'indexer/outputs',
    'indexer/stretch.ts',
    'indexer/commit.ts',
  ],
  'indexer/catch-up.ts': [
    'src/store',
    'indexer/progress.ts',
    'indexer/node',
    'indexer/chain',
    'indexer/outputs',
    'indexer/stretch.ts',
    'indexer/commit.ts',
    'indexer/history.ts',
  ],
  'indexer/follower.ts': [
    'src/errors.ts',
    'src/waiting.ts',
    'src/chain',
    'src/store',
    'indexer/progress.ts',
    'indexer/patience.ts',
    'indexer/node',
    'indexer/outputs',
    'indexer/mempool',
    'indexer/families',
    'indexer/commit.ts',
    'indexer/history.ts',
    'indexer/catch-up.ts',
  ],
  'indexer/run.ts': [
    'src/errors.ts',
    'src/counted.ts',
    'src/waiting.ts',
    'src/chain',
    'src/store',
    'indexer/progress.ts',
    'indexer/patience.ts',
    'indexer/holder.ts',
    'indexer/node',
    'indexer/follower.ts',
  ],
  'indexer/reindex': [
    'src/errors.ts',
    'src/chain',
    'src/store',
    'indexer/term.ts',
    'indexer/progress.ts',
    'indexer/node',
    'indexer/chain',
    'indexer/blocks',
    'indexer/outputs',
    'indexer/rows',
    'indexer/families',
  ],
  'indexer/verify': [
    'src/errors.ts',
    'src/counted.ts',
    'src/chain',
    'src/store',
    'indexer/block-check.ts',
    'indexer/chain',
    'indexer/outputs',
    'indexer/rows',
  ],
  'indexer/metrics.ts': ['src/metrics', 'indexer/progress.ts'],
  'k8s/api': [],
  'k8s/operator/images.ts': ['k8s/api'],
  'k8s/operator/runtime': ['src/errors.ts', 'src/waiting.ts', 'src/failures', 'src/client', 'k8s/api'],
  'k8s/operator/node': [
    'src/errors.ts',
    'src/json.ts',
    'src/waiting.ts',
    'src/chain',
    'src/rpc',
    'k8s/api',
    'k8s/operator/images.ts',
    'k8s/operator/runtime',
  ],
  'k8s/operator/index': [
    'src/errors.ts',
    'src/json.ts',
    'src/waiting.ts',
    'src/client',
    'src/chain',
    'k8s/api',
    'k8s/operator/images.ts',
    'k8s/operator/runtime',
    'k8s/operator/node',
  ],
  'k8s/operator/trigger': [
    'src/errors.ts',
    'src/json.ts',
    'src/waiting.ts',
    'src/client',
    'src/rpc',
    'k8s/api',
    'k8s/operator/runtime',
    'k8s/operator/node',
    'k8s/operator/index',
  ],
  'k8s/operator': [
    'src/waiting.ts',
    'src/text-server.ts',
    'src/metrics',
    'k8s/api',
    'k8s/operator/runtime',
    'k8s/operator/node',
    'k8s/operator/index',
    'k8s/operator/trigger',
  ],
  schema: [],
  dev: [
    'src/errors.ts',
    'src/waiting.ts',
    'src/client',
    'src/temporary-folder.ts',
    'src/origin-policy.ts',
    'src/chain',
    'src/rpc',
    'src/store',
    'src/live',
    'src/gateway/server.ts',
    'src/settings',
    'indexer/node',
    'indexer/run.ts',
  ],
  cli: [
    'src/errors.ts',
    'src/counted.ts',
    'src/json.ts',
    'src/waiting.ts',
    'src/failures',
    'src/client',
    'src/temporary-folder.ts',
    'src/package-root.ts',
    'src/text-server.ts',
    'src/metrics',
    'src/chain',
    'src/rpc',
    'src/store',
    'src/access',
    'src/live',
    'src/gateway/requests',
    'src/gateway/observe',
    'src/gateway/callers',
    'src/gateway/graphql',
    'src/gateway/http',
    'src/gateway/server.ts',
    'src/settings',
    'indexer/patience.ts',
    'indexer/node',
    'indexer/progress.ts',
    'indexer/run.ts',
    'indexer/reindex',
    'indexer/verify',
    'indexer/metrics.ts',
    'k8s/operator/runtime',
    'k8s/operator',
    'dev',
  ],
};

/** The part that names a file most closely; undefined for a file of none. */
function partOf(file: string): string | undefined {
  const parts = Object.keys(PARTS).filter((name) => file === name || file.startsWith(`${name}/`));
  return parts.sort((a, b) => b.length - a.length)[0];
}

/** The files that a file imports, for their types too. */
function importsOf(file: string): string[] {
  const source = readFileSync(join(ROOT, file), 'utf8');
  const specifiers = [...source.matchAll(/(?:from|import)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1]!);
  return specifiers.map((specifier) => relative(ROOT, join(ROOT, dirname(file), specifier)));
}

const files = globSync('{src,schema,indexer,k8s,dev,cli}/**/*.ts', { cwd: ROOT });
const imports = new Map(files.map((file) => [file, importsOf(file)]));

/** The imports from one part to another. */
const crossings = [...imports].flatMap(([file, targets]) =>
  targets
    .map((target) => ({ file, target, from: partOf(file), to: partOf(target) }))
    .filter(({ from, to }) => from !== to),
);

/** Files that lead back to themselves, each with one way round. */
function circles(): string[] {
  const found: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) found.push([...way.slice(way.indexOf(file)), file].join(' -> '));
    if (way.includes(file) || done.has(file)) return;
    for (const target of imports.get(file) ?? []) visit(target, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  return found;
}

describe('imports', () => {
  it('are read from all source files, and each file belongs to a part', () => {
    expect(files.length).toBeGreaterThan(50);
    expect(crossings.length).toBeGreaterThan(100);
    expect(files.filter((file) => partOf(file) === undefined)).toEqual([]);
  });

  it('go one way', () => {
    const forbidden = crossings.filter(({ from, to }) => !PARTS[from!]?.includes(to!));
    expect(forbidden.map(({ file, target }) => `${file} -> ${target}`)).toEqual([]);
  });

  it('go from a part to parts below it', () => {
    const order = Object.keys(PARTS);
    const upward = order.flatMap((part, height) =>
      PARTS[part]!.filter((lower) => !order.slice(0, height).includes(lower)).map((lower) => `${part} -> ${lower}`),
    );
    expect(upward).toEqual([]);
  });

  it('use every permission in the table of parts', () => {
    const made = new Set(crossings.map(({ from, to }) => `${from} -> ${to}`));
    const allowed = Object.entries(PARTS).flatMap(([part, lower]) => lower.map((name) => `${part} -> ${name}`));
    expect(allowed.filter((way) => !made.has(way))).toEqual([]);
    const inhabited = new Set(files.map(partOf));
    expect(Object.keys(PARTS).filter((part) => !inhabited.has(part))).toEqual([]);
  });

  it('form no circles', () => {
    expect(circles()).toEqual([]);
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
  it('loads no slow library before it knows its subcommand', () => {
    const loaded = [...loadedWith('cli/main.ts')];
    expect(loaded.filter((name) => name.startsWith('cli/commands/')).length).toBeGreaterThan(8);
    const libraries = loaded.filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'));
    expect(libraries.sort()).toEqual(['eventsource-parser', 'proxy-addr']);
  });
});

describe('the client', () => {
  it('loads nothing of Node, so that browsers can run it', () => {
    const loaded = ['src/client/ask.ts', 'src/client/feed.ts'].flatMap((file) => [...loadedWith(file)]);
    expect(new Set(loaded.filter((name) => !name.endsWith('.ts')))).toEqual(new Set(['eventsource-parser']));
    expect(loaded).toContain('src/waiting.ts');
  });
});

describe('the package bitcoin-core', () => {
  // It bounds neither the size nor the time of an answer (docs/decisions.md).
  it('is used in one place, and is not loaded by programs that follow or ask another node', () => {
    const users = files.filter((file) => readFileSync(join(ROOT, file), 'utf8').includes("from 'bitcoin-core'"));
    expect(users).toEqual(['dev/own-bitcoind.ts']);
    for (const file of ['cli/indexing.ts', 'cli/serving.ts', 'cli/operator-service.ts', 'cli/dev/actions.ts']) {
      expect(loadedWith(file)).not.toContain('bitcoin-core');
    }
    expect(loadedWith('dev/start-dev.ts')).toContain('bitcoin-core');
  });
});
