import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { parseStoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { buildVariedChain } from '../support/varied-chain.ts';
import { visibleRows } from '../support/visible-rows.ts';

interface Status {
  readonly tip: { readonly height: number } | null;
  readonly coverage: readonly { readonly from: number }[];
}

const PATIENCE = { intervalMs: 100 };

describeWith('bitcoind', 'mongodb')('bitql index --from tip', ({ bitcoind, mongodbUri }) => {
  const sandbox = new Sandbox('tip-first');
  const database = temporaryDatabase(mongodbUri);
  let node: RegtestNode;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    await buildVariedChain(node);
  });

  afterAll(async () => {
    await node.close();
    await sandbox.close();
    await database.drop();
  });

  async function statusOf(store: string): Promise<Status | null> {
    const { stdout } = await bitql(['status', '--store', store, '--json']);
    // There is no output while there is no store yet.
    return stdout === '' ? null : (JSON.parse(stdout) as Status | null);
  }

  async function rowsOf(location: string): Promise<string[]> {
    const store = await openStore(parseStoreLocation(location)!, { cacheMiB: 8 });
    try {
      return await visibleRows(store);
    } finally {
      await store.close();
    }
  }

  it('ends with the same index as from the first block on, on both stores, also with block files', {
    timeout: 240_000,
  }, async () => {
    const places = [
      { store: `${sandbox.folder}/plain.db`, args: [] },
      { store: `${sandbox.folder}/tip.db`, args: ['--from', 'tip'] },
      { store: database.uri, args: ['--from', 'tip'] },
      { store: `${sandbox.folder}/files.db`, args: ['--from', 'tip', '--blocks', node.blocksPath] },
    ];
    const indexers = places.map(({ store, args }, i) => {
      const command = ['index', '--node', node.urlWithPassword, '--store', store, '--poll', '50', ...args];
      return sandbox.start(`index-${i}`, process.execPath, [BITQL, ...command], cleanEnvironment());
    });
    const areAt = async (height: number): Promise<boolean> => {
      for (const indexer of indexers) if (indexer.result !== undefined) throw new Error(indexer.output());
      const all = await Promise.all(places.map(({ store }) => statusOf(store)));
      return all.every((status) => status?.tip?.height === height && status.coverage[0]?.from === 0);
    };
    const height = await node.rpc<number>('getblockcount');
    await until('all blocks', () => areAt(height), PATIENCE);
    await node.mine(1);
    await until('a new block', () => areAt(height + 1), PATIENCE);
    for (const indexer of indexers) indexer.kill('SIGTERM');
    for (const indexer of indexers) expect(await indexer.ended, indexer.output()).toBe(0);
    const [plain, ...others] = await Promise.all(places.map(({ store }) => rowsOf(store)));
    expect(plain!.length).toBeGreaterThan(1_000);
    for (const rows of others) expect(rows).toEqual(plain);
  });
});
