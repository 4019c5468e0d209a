import { existsSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { controlFile } from '../../dev/control-file.ts';
import { expectCore } from '../../dev/find-bitcoind.ts';
import { type Dev, startDev } from '../../dev/index.ts';
import { describeWith } from '../services/suite.ts';
import { FakeBchn } from '../support/fake-dialects.ts';
import { processesOf } from './dev-process.ts';

const REMOVED = 'query ($txid: Hash!) { transaction(txid: $txid) { removed { reason by } } }';

describeWith('bitcoind')('a local chain in this process', ({ bitcoind }) => {
  let dev: Dev;

  beforeAll(async () => {
    dev = await startDev({ bitcoind });
  });
  afterAll(() => dev.close());

  const removed = async (txid: string) => {
    await dev.settled();
    return (await dev.query<{ transaction: { removed: object | null } | null }>(REMOVED, { txid })).transaction
      ?.removed;
  };

  it('reports a removed transaction though nobody waited between sending and removing it', async () => {
    const replaced = await dev.chain.send();
    const { by } = await dev.chain.replace(replaced.txid);
    const conflict = await dev.chain.doubleSpend(by);
    const evicted = await dev.chain.evict((await dev.chain.send()).txid);
    expect(await removed(replaced.txid)).toEqual({ reason: 'REPLACED', by });
    expect(await removed(by)).toEqual({ reason: 'CONFLICT', by: conflict.by });
    expect(await removed(evicted.txid)).toEqual({ reason: 'EVICTED', by: null });
    await dev.chain.mine(5);
    const fresh = await dev.chain.doubleSpend();
    expect(fresh.sentFirst).toBe(true);
    expect(await removed(fresh.txid)).toEqual({ reason: 'CONFLICT', by: fresh.by });
  });

  it('says in words why a query has no answer', async () => {
    await expect(dev.query('{ block(height: -1) { hash } }')).rejects.toThrow(/^[^{[]*\(BAD_QUERY\)$/);
    await using gone = await startDev({ bitcoind });
    await gone.close();
    await expect(gone.query('{ chain { lag } }')).rejects.toThrow(
      `${gone.url} cannot be asked: nothing listens there (ECONNREFUSED).`,
    );
  });

  it('shows a reorganisation: the transactions of the block are pending', async () => {
    const { txid } = await dev.chain.data('lost and found');
    await dev.chain.mine();
    await dev.chain.reorg();
    expect(await removed(txid)).toBeNull();
  });

  it('reports the errors of a query', async () => {
    await expect(dev.query('{ nothing }')).rejects.toThrow('Cannot query field');
  });

  it('runs beside others, and leaves nothing behind', async () => {
    const other = await startDev({ bitcoind });
    const file = controlFile(Number(new URL(other.url).port));
    expect(existsSync(file)).toBe(true);
    expect(other.url).not.toBe(dev.url);
    const datadir = /-datadir=(\S+)/.exec(processesOf(`-rpcport=${new URL(other.nodeUrl).port}`).join())![1]!;
    await other.close();
    await other.close();
    expect([existsSync(file), existsSync(datadir), processesOf(datadir)]).toEqual([false, false, []]);
  });

  it('finds transactions by what `index` adds', async () => {
    const query = '{ chain { indexes { name } } }';
    const namesOf = async (chain: Dev) =>
      (await chain.query<{ chain: { indexes: { name: string }[] } }>(query)).chain.indexes.map(({ name }) => name);
    await using other = await startDev({ bitcoind, index: ['inputs'] });
    expect(await namesOf(dev)).toEqual(['TOKENS', 'SCRIPTS']);
    expect(await namesOf(other)).toEqual(['TOKENS', 'SCRIPTS', 'INPUTS']);
  });

  it('refuses a store that is not one', async () => {
    await expect(startDev({ bitcoind, store: 'postgres://x' })).rejects.toMatchObject({ code: 'BAD_SETTING' });
  });
});

it('does not start on a node whose transactions are signed differently', async () => {
  await using node = await FakeBchn.start();
  await expect(expectCore(node.url)).rejects.toThrow(/Bitcoin Cash Node.*needs Bitcoin Core/);
});
