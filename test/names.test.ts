import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Written from the schema by `npm run codegen`: its names are those of the schema. */
const GENERATED = 'src/gateway/resolvers/resolver-types.ts';

const files = globSync('{src,schema,indexer,k8s,dev,cli}/**/*.ts', { cwd: ROOT }).filter((file) => file !== GENERATED);
const sources = new Map(files.map((file) => [file, readFileSync(join(ROOT, file), 'utf8')]));

const TYPE = /^ *(?:export )?(?:declare )?(?:abstract )?(?:interface|class|type) (\w+)(?=[< ]|$)(?!.* from ')/gm;
const EXPORTED_VALUE = /^export (?:async )?(?:function\*?|const) (\w+)/gm;

/** The names that a pattern finds in more than one file, each with these files. */
function declaredTwice(pattern: RegExp): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const [file, source] of sources) {
    const names = new Set([...source.matchAll(pattern)].map((match) => match[1]!));
    for (const name of names) places.set(name, [...(places.get(name) ?? []), file]);
  }
  return new Map([...places].filter(([, of]) => of.length > 1).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** Twice-declared names that are no exception, with their files. */
function offences(pattern: RegExp, exceptions: Readonly<Record<string, string>>): string[] {
  return [...declaredTwice(pattern)]
    .filter(([name]) => !(name in exceptions))
    .map(([name, of]) => `${name}: ${of.join(', ')}`);
}

/** Type names with two meanings, each with the reason. */
const TYPE_EXCEPTIONS: Readonly<Record<string, string>> = {
  FastifyRequest: "Fastify's own type, which each plugin extends by what it adds to a request.",
};

/** Exported functions and constants with one name in two files, each with the reason. */
const VALUE_EXCEPTIONS: Readonly<Record<string, string>> = {
  ask: 'Both send a GraphQL request.',
  parseHeader: 'The bytes of a header, and an answer that describes one.',
};

describe('a name', () => {
  it('of a type, an interface or a class has one meaning in the whole project', () => {
    expect([...sources.values()].flatMap((source) => [...source.matchAll(TYPE)]).length).toBeGreaterThan(500);
    expect(offences(TYPE, TYPE_EXCEPTIONS)).toEqual([]);
  });

  it('of an exported function or constant has one meaning in the whole project', () => {
    expect(offences(EXPORTED_VALUE, VALUE_EXCEPTIONS)).toEqual([]);
  });

  it('is an exception only while it is declared twice', () => {
    const twice = [...declaredTwice(TYPE).keys(), ...declaredTwice(EXPORTED_VALUE).keys()];
    const exceptions = [...Object.keys(TYPE_EXCEPTIONS), ...Object.keys(VALUE_EXCEPTIONS)];
    expect(exceptions.filter((name) => !twice.includes(name))).toEqual([]);
  });
});
