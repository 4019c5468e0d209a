import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { withTables } from '../scripts/docs.ts';
import { NODE_CALLS } from '../src/rpc/node-calls.ts';

it('README.md has every setting and every error code, as the code has them (npm run docs)', () => {
  const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
  expect(readme).toBe(withTables(readme));
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
