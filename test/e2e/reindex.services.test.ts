import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { openStore } from '../../src/store/open.ts';
import { encodePosition } from '../../src/store/position.ts';
import { bitql } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { vandalOf } from '../support/vandal.ts';
import { buildVariedChain, type VariedChain } from '../support/varied-chain.ts';
import { visibleRows } from '../support/visible-rows.ts';

describeWith('bitcoind')('a damaged index', ({ bitcoind }) => {
  const sandbox = new Sandbox('reindex');
  const file = `${sandbox.folder}/chain.db`;
  let node: RegtestNode;
  let chain: VariedChain;
  let blocks: string;
  let whole: string[];

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    chain = await buildVariedChain(node);
    await node.stop();
    await node.start();
    blocks = node.blocksPath;
    const done = await bitql(['import', blocks, '--store', file]);
    expect(done.code, done.stderr).toBe(0);
    whole = await rows();
  });

  afterAll(async () => {
    await node.close();
    await sandbox.close();
  });

  async function rows(): Promise<string[]> {
    const store = await openStore({ kind: 'sqlite', file }, { cacheMiB: 8 });
    const found = await visibleRows(store);
    await store.close();
    return found;
  }

  const height = () => chain.transactions.manyInputs.height;

  async function damage(): Promise<void> {
    const vandal = vandalOf({ kind: 'sqlite', file });
    const at = (index: number) => encodePosition({ height: height(), fork: 0, index });
    await vandal.flip('transactions', at(1), 777);
    await vandal.flip('blocks', at(0).subarray(0, 4), 99);
    await vandal.remove('totals', encodePosition({ height: height() - 7, fork: 0, index: 0 }).subarray(0, 4));
    await vandal.close();
  }

  it('is reported by heights, mended from the node or its block files, and answers as before', async () => {
    const before = await bitql(['verify-store', '--store', file]);
    expect([before.code, before.stdout]).toEqual([
      0,
      expect.stringMatching(/^The index has no damage \(btc-regtest, the blocks 0-/),
    ]);
    for (const source of [
      ['--node', node.urlWithPassword],
      ['--blocks', blocks],
    ]) {
      await damage();
      const query = `{ block(height: ${height()}) { transactions { nodes { txid } } } }`;
      const asked = await bitql(['query', query, '--store', file]);
      expect([asked.code, asked.stdout]).toEqual([1, expect.stringContaining('STORE_DAMAGED')]);
      const found = await bitql(['verify-store', '--store', file]);
      expect(found.code).toBe(3);
      expect(found.stdout).toContain(`bitql reindex --heights ${height() - 7},${height()} --store sqlite:${file}\n`);
      const json = await bitql(['verify-store', '--store', file, '--json']);
      expect([json.code, JSON.parse(json.stdout)]).toEqual([
        3,
        expect.objectContaining({ damaged: `${height() - 7},${height()}` }),
      ]);

      const mended = await bitql(['reindex', '--heights', `${height() - 7},${height()}`, '--store', file, ...source]);
      expect([mended.code, mended.stdout, mended.stderr]).toEqual([
        0,
        expect.stringContaining('3 rows written'),
        expect.anything(),
      ]);
      expect((await bitql(['verify-store', '--store', file])).code).toBe(0);
      expect(await rows()).toEqual(whole);
      expect((await bitql(['query', query, '--store', file])).code).toBe(0);
    }
  });

  it('is mended in several runs if they are cut off', async () => {
    const db = new DatabaseSync(file);
    db.exec("UPDATE transactions SET value = x'00' WHERE (key >> 40) % 40 = 7");
    db.close();
    const { stdout } = await bitql(['verify-store', '--store', file, '--json']);
    const { damaged } = JSON.parse(stdout) as { damaged: string };
    for (const range of damaged.split(',')) {
      const mended = await bitql(['reindex', '--heights', range, '--store', file, '--node', node.urlWithPassword]);
      expect(mended.code, mended.stderr).toBe(0);
    }
    expect((await bitql(['verify-store', '--store', file])).code).toBe(0);
    expect(await rows()).toEqual(whole);
  });

  it('can be given further families of postings from its store alone', async () => {
    const missing = await bitql(['status', '--store', file, '--json']);
    expect(JSON.parse(missing.stdout).indexes.map(({ name }: { name: string }) => name)).toEqual(['tokens', 'scripts']);
    const added = await bitql(['reindex', '--index', 'inputs', '--store', file, '--node', 'http://127.0.0.1:1']);
    const { tip } = chain;
    expect([added.code, added.stdout]).toEqual([0, `The index has inputs now: added to ${tip.height + 1} blocks.\n`]);
    const again = await bitql(['reindex', '--index', 'inputs,scripts', '--store', file, '--json']);
    expect([again.code, JSON.parse(again.stdout)]).toEqual([
      0,
      { mended: null, added: { index: ['inputs', 'scripts'], blocks: 0 } },
    ]);
    const status = await bitql(['status', '--store', file]);
    expect(status.stdout).toContain(`inputs    0 to ${tip.height}\n`);
    const query = '{ chain { indexes { name coverage { from to } pending } } }';
    const asked = await bitql(['query', query, '--store', file]);
    expect(JSON.parse(asked.stdout).data.chain.indexes.at(-1)).toEqual({
      name: 'INPUTS',
      coverage: [{ from: 0, to: tip.height }],
      pending: true,
    });
    expect((await bitql(['verify-store', '--store', file])).code).toBe(0);
    whole = await rows();
    const unknown = await bitql(['reindex', '--index', 'words', '--store', file]);
    expect([unknown.code, unknown.stderr]).toEqual([2, expect.stringContaining('some of tokens, scripts, inputs')]);
  });

  it('cannot be mended without heights, at heights outside the index, or from another chain', async () => {
    const none = await bitql(['reindex', '--store', file]);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('--heights is missing')]);
    for (const heights of ['5-3', '1,1', 'x', '1-2-3']) {
      expect((await bitql(['reindex', '--heights', heights, '--store', file])).code).toBe(2);
    }
    const above = await bitql(['reindex', '--heights', '90000', '--store', file, '--node', node.urlWithPassword]);
    expect([above.code, above.stderr]).toEqual([1, expect.stringContaining('BAD_SETTING')]);
    await using other = await startRegtest({ bitcoind });
    await other.mine(height() + 10);
    const foreign = await bitql([
      'reindex',
      '--heights',
      String(height()),
      '--store',
      file,
      '--node',
      other.urlWithPassword,
    ]);
    expect([foreign.code, foreign.stderr]).toEqual([1, expect.stringContaining('NODE_WRONG_NETWORK')]);
  });
});
