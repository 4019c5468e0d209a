import { existsSync, globSync, readFileSync } from 'node:fs';
import { buildASTSchema, isEnumType, isObjectType, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { pages } from '../scripts/docs.ts';
import { readTypeDefs } from '../src/gateway/graphql/type-defs.ts';
import { NODE_CALLS } from '../src/rpc/node-calls.ts';

it('the documents have every setting, error code and example as in the code (npm run docs)', () => {
  for (const { text, current } of pages()) expect(text).toBe(current);
});

it('each example is in a document, or is linked from one', () => {
  const texts = pages()
    .map(({ text }) => text)
    .join();
  for (const file of globSync('docs/examples/*').map((path) => path.slice('docs/examples/'.length))) {
    expect(texts.includes(`<!-- ${file} -->`) || texts.includes(`(examples/${file})`), file).toBe(true);
  }
});

it('the table of calls lists exactly the calls that are made to a node', () => {
  const tables = /node-calls\.ts$/;
  const files = globSync('{indexer,src/rpc,src/gateway,k8s/operator/{node,trigger}}/**/*.ts').filter(
    (file) => !tables.test(file),
  );
  const named = files.flatMap((file) =>
    Array.from(
      readFileSync(file, 'utf8').matchAll(/'((get|send|test|submit|decode|estimate|activezmq)[a-z]{5,})'/g),
      ([, method]) => method!,
    ),
  );
  expect([...new Set(named)].sort()).toEqual(Object.keys(NODE_CALLS).sort());
});

describe('the glossary', () => {
  const glossary = readFileSync(new URL('../docs/glossary.md', import.meta.url), 'utf8');
  const { types } = buildASTSchema(parse(readTypeDefs())).toConfig();
  const fields = types.flatMap((type) =>
    isObjectType(type) ? Object.keys(type.getFields()).map((field) => `${type.name}.${field}`) : [],
  );
  const rows = glossary.split('\n').filter((line) => /^\| (?!elsewhere|---)/.test(line));

  it('names only fields and kinds of the schema', () => {
    const named = Array.from(glossary.matchAll(/`([A-Z][A-Za-z]+\.[a-zA-Z0-9]+)/g), ([, name]) => name!);
    expect(named.length).toBeGreaterThan(60);
    expect(named.filter((name) => !fields.includes(name))).toEqual([]);
    const kinds = types.flatMap((type) => (isEnumType(type) ? type.getValues().map(({ name }) => name) : []));
    const namedKinds = Array.from(glossary.matchAll(/`([A-Z_]{4,})`/g), ([, name]) => name!);
    expect(namedKinds.length).toBeGreaterThan(3);
    expect(namedKinds.filter((name) => !kinds.includes(name))).toEqual([]);
  });

  it.each(['Transaction', 'Block'])('has every field of %s', (type) => {
    const own = fields.filter((field) => field.startsWith(`${type}.`));
    expect(own.filter((field) => !glossary.includes(`\`${field}`))).toEqual([]);
  });

  it('says that nothing is missing for which the schema has a field', () => {
    const none = rows.slice(rows.findIndex((row) => row.startsWith('| subsidy')));
    expect(none.length).toBeGreaterThan(5);
    const words = none.flatMap((row) =>
      row
        .split('|')[1]!
        .split(',')
        .map((word) => word.trim().replaceAll(' ', '')),
    );
    const names = fields.map((field) => field.split('.')[1]!.toLowerCase());
    expect(words.filter((word) => names.includes(word.toLowerCase()))).toEqual([]);
  });
});

const ROOT = new URL('../', import.meta.url);
const read = (file: string) => readFileSync(new URL(file, ROOT), 'utf8');

/** Lines that are prose: links in code mean nothing. */
function proseOf(page: string): string {
  return page.replace(/^```[\s\S]*?^```$/gm, '').replace(/^ {4}.*$/gm, '');
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(file: string): string[] {
  return Array.from(proseOf(read(file)).matchAll(/^#+ (.+)$/gm), ([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** What is wrong with links to files of ours, which are relative to `from`. */
function faults(from: string, target: string): string[] {
  const { pathname, hash } = new URL(target, new URL(from, ROOT));
  const file = pathname.slice(ROOT.pathname.length);
  if (!existsSync(new URL(file, ROOT))) return [`${from}: ${target} is not there`];
  if (hash === '' || anchorsOf(file).includes(hash.slice(1))) return [];
  return [`${from}: ${target} has no such heading`];
}

const DOCUMENTS = globSync('{,docs/,bench/}*.md');

it('each link of a document leads to a file, and to a heading of it', () => {
  const links = DOCUMENTS.flatMap((from) =>
    Array.from(proseOf(read(from)).matchAll(/\]\((?!\w+:)([^)\s]+)\)/g), ([, target]) => ({ from, target: target! })),
  );
  expect(links.length).toBeGreaterThan(40);
  expect(links.flatMap(({ from, target }) => faults(from, target))).toEqual([]);
});

it('each document that messages, comments and alerts name exists, with the heading that they name', () => {
  const files = globSync('{bench,cli,deploy,dev,indexer,k8s,schema,scripts,src,test}/**/*.{ts,graphql,yaml,yml,json}');
  const links = [...files, ...DOCUMENTS].flatMap((from) =>
    Array.from(read(from).matchAll(/\bdocs\/[\w-]+\.md(#[\w-]+)?/g), ([target]) => ({ from, target })),
  );
  expect(links.length).toBeGreaterThan(40);
  expect(links.filter(({ target }) => faults('.', target).length > 0)).toEqual([]);
});

it('the README is at most 9 kB', () => {
  expect(Buffer.byteLength(read('README.md'))).toBeLessThanOrEqual(9_000);
});

it('the README links to every document', () => {
  const readme = read('README.md');
  expect(globSync('docs/*.md').filter((file) => !readme.includes(`](${file})`))).toEqual([]);
});
