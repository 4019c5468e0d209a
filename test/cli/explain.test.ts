import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../dev/sandbox.ts';
import { openStore } from '../../src/store/open.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { serve, type TestGateway } from '../gateway/support.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { bitql, demoFile } from './support.ts';

const DATA = { data: [{ pushes: [{ startsWith: { utf8: 'blkCITE' } }] }], fee: { gte: 1 } };
const HEIGHTS = '357238 to 357238';

describe('bitql explain', () => {
  const sandbox = new Sandbox('explain');
  let file: string;
  let store: ChainStore;
  let gateway: TestGateway;
  let endpoint: string;

  beforeAll(async () => {
    file = await demoFile(sandbox.folder);
    store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 8 });
    gateway = await serve(store);
    endpoint = `${gateway.url}/graphql`;
  });

  afterAll(async () => {
    await gateway.close();
    await store.close();
    await sandbox.close();
  });

  it.each(['store', 'endpoint'])('shows the plan of a filter, from a %s', async (from) => {
    const where = from === 'store' ? ['--store', file] : ['--endpoint', endpoint];
    const { code, stdout, stderr } = await bitql(['explain', JSON.stringify(DATA), ...where]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.split('\n')).toEqual([
      expect.stringMatching(/^step +key +heights +rows$/),
      expect.stringMatching(new RegExp(`^postings data4  626c6b43  ${HEIGHTS}, unconfirmed +2$`)),
      '',
      'checked on each transaction  fee',
      expect.stringMatching(/^a page of 25 {2}1 match, \d+ rows examined, \d+ points$/),
      '',
    ]);
  });

  it('indents steps below those that combine them, and marks what is left out', async () => {
    const filter = {
      coinbase: false,
      or: [{ data: [{ pushes: [{ equals: { utf8: 'blkCITE' } }] }] }, { txids: ['ab'.repeat(32)] }],
      not: { data: [{ pushes: [{ equals: { utf8: 'abcd' } }] }] },
    };
    const { stdout } = await bitql(['explain', JSON.stringify(filter), '--store', file]);
    const steps = stdout.split('\n').map((line) => line.split(/(?<=\w) {2,}/)[0]);
    expect(steps.slice(1, 6)).toEqual([
      'difference',
      '  union',
      '    postings data8',
      '    transaction ids txid',
      '  without postings data4',
    ]);
  });

  it('takes the filter from a file and from standard input, and the page from flags', async () => {
    const path = join(sandbox.folder, 'filter.json');
    writeFileSync(path, JSON.stringify({ coinbase: true }));
    const flags = ['--first', '7', '--order', 'oldest', '--json', '--store', file];
    const [named, piped] = await Promise.all([
      bitql(['explain', path, ...flags]),
      bitql(['explain', '-', ...flags], { input: '{ "coinbase": true }' }),
    ]);
    expect(named).toEqual({ code: 0, stderr: '', stdout: piped.stdout });
    expect(JSON.parse(named.stdout)).toMatchObject({
      refusal: null,
      steps: [{ operation: 'COINBASES', fromHeight: 357_238, toHeight: 357_238, rows: 1, exact: true }],
      stepCount: 1,
      conditions: [],
      prediction: { matches: 1, exact: true },
    });
  });

  it('ends with code 1 where the query would be refused, and says why', async () => {
    const { code, stdout, stderr } = await bitql(['explain', '{ "address": "nobody" }', '--endpoint', endpoint]);
    expect([code, stderr]).toEqual([1, '']);
    expect(stdout).toMatch(/^refused {2}"nobody" is not an address .*\(BAD_ADDRESS\)\n$/);
    const json = await bitql(['explain', '{ "fee": {} }', '--endpoint', endpoint, '--json']);
    expect(json.code).toBe(1);
    expect(JSON.parse(json.stdout)).toMatchObject({ refusal: { code: 'BAD_QUERY' }, steps: [], prediction: null });
  });

  it('says what would be refused if there were more blocks, and answers', async () => {
    const { code, stdout } = await bitql(['explain', '{ "fee": { "gte": 1000 } }', '--store', file]);
    expect(code).toBe(0);
    expect(stdout.split('\n').slice(4)).toEqual([
      expect.stringMatching(/^a page of 25 {2}/),
      expect.stringMatching(
        /^refused on a chain of more than 1,000 blocks {2}No index can answer this filter: .* \(NOT_INDEXED\)$/,
      ),
      'add one of',
      expect.stringContaining('  an address, txids, a script, a token'),
      '  a range of at most 1000 blocks',
      expect.stringContaining('  `scan: true`'),
      '',
    ]);
  });

  it('ends with code 1 where the filter has no condition that there is', async () => {
    const { code, stdout, stderr } = await bitql(['explain', '{ "adress": "x" }', '--store', file]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('"adress"');
  });

  it.each<[string[], number, string]>([
    [['{ coinbase: true }'], 2, 'FILTER cannot be used: it is not JSON: the mistake is at line 1, column 3.'],
    [['{}', '--order', 'up'], 2, '--order must be newest or oldest'],
    [['{}', '--first', '101'], 2, '--first must be a whole number from 1 to 100'],
    [['-'], 2, 'FILTER cannot be used: it is empty'],
    [['none.json'], 1, 'none.json, the file of the filter, cannot be read: it does not exist'],
    [['{}', '--endpoint', 'http://127.0.0.1:1/graphql'], 1, 'No gateway answers at http://127.0.0.1:1: '],
  ])('with %j ends with code %d', async (args, expected, message) => {
    const { code, stdout, stderr } = await bitql(['explain', ...args], { cwd: sandbox.folder });
    expect([code, stdout]).toEqual([expected, '']);
    expect(stderr).toContain(message);
  });
});

it('bitql explain says what to add where no index leads to the matches', async () => {
  const chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
  await chain.commit({ connect: Array.from({ length: 1_100 }, () => []) });
  const gateway = await serve(chain.store);
  const args = ['explain', '{ "fee": { "gte": 1000 } }', '--endpoint', `${gateway.url}/graphql`];
  const [refused, scanning] = await Promise.all([bitql(args), bitql([...args, '--scan'])]);
  await gateway.close();
  await chain.close();
  expect([refused.code, refused.stderr]).toEqual([1, '']);
  expect(refused.stdout.split('\n')).toEqual([
    'no index leads to  fee',
    expect.stringMatching(/^refused {2}No index can answer this filter: .* \(NOT_INDEXED\)$/),
    'add one of',
    expect.stringContaining('  an address, txids, a script, a token'),
    '  a range of at most 1000 blocks, for example `block: { from: 101 }`',
    expect.stringContaining('  `scan: true`'),
    '',
  ]);
  expect([scanning.code, scanning.stderr]).toEqual([0, '']);
  expect(scanning.stdout).toContain('checked on each transaction  fee\n');
  expect(scanning.stdout).toMatch(/a page of 25 {2}about 0 matches, [\d,]+ rows examined, [\d,]+ points/);
});
