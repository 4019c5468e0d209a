import { globSync, readFileSync } from 'node:fs';
import { buildASTSchema, isObjectType, parse } from 'graphql';
import { expect, it } from 'vitest';
import { pages } from '../scripts/docs.ts';
import { readTypeDefs } from '../src/gateway/graphql/type-defs.ts';
import { NODE_CALLS } from '../src/rpc/node-calls.ts';

it('the documents have every setting, error code and example as the code has them (npm run docs)', () => {
  for (const { text, current } of pages()) expect(text).toBe(current);
});

it('each example stands in a document, or is linked from one', () => {
  const texts = pages()
    .map(({ text }) => text)
    .join();
  for (const file of globSync('docs/examples/*').map((path) => path.slice('docs/examples/'.length))) {
    expect(texts.includes(`<!-- ${file} -->`) || texts.includes(`(examples/${file})`), file).toBe(true);
  }
});

it('the table of calls has every one that is made of a node, and no other', () => {
  const tables = /(longest-answers|node-calls)\.ts$/;
  const files = globSync('{indexer,src/rpc,src/gateway,k8s/operator/{node,trigger}}/**/*.ts').filter(
    (file) => !tables.test(file),
  );
  const named = files.flatMap((file) =>
    Array.from(
      readFileSync(file, 'utf8').matchAll(/'((get|send|test|submit|decode|activezmq)[a-z]{5,})'/g),
      ([, method]) => method!,
    ),
  );
  expect([...new Set(named)].sort()).toEqual(Object.keys(NODE_CALLS).sort());
});

it('the glossary names fields that the schema has', () => {
  const glossary = readFileSync(new URL('../docs/glossary.md', import.meta.url), 'utf8');
  const { types } = buildASTSchema(parse(readTypeDefs())).toConfig();
  const fields = types.flatMap((type) =>
    isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
  );
  const named = Array.from(glossary.matchAll(/`([A-Z][A-Za-z]+\.[a-zA-Z0-9]+)/g), ([, name]) => name!);
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter((name) => !fields.includes(name))).toEqual([]);
});
