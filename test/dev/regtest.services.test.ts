import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { toSatoshis } from '../../dev/core-calls.ts';
import { MINER } from '../../dev/lock.ts';
import { type NodeBlock, type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { type BuiltTransaction, buildTransaction } from '../../dev/transaction-builder.ts';
import { JsonRpcError } from '../../src/rpc/json-rpc.ts';
import { describeWith } from '../services/suite.ts';
import { opReturn } from '../support/data-scripts.ts';
import { FIRST_TIME } from '../support/varied-chain.ts';

/** A transaction with a text, paid from the coinbase of the first block, which this mines and makes mature. */
async function textTransaction(node: RegtestNode, ...texts: string[]): Promise<BuiltTransaction> {
  const [first] = await node.mine(101);
  const { tx } = await node.rpc<NodeBlock>('getblock', first!);
  const coin = { txid: tx[0]!, index: 0, value: 50e8, lock: MINER };
  const data = texts.map((text) => ({ value: 0, script: opReturn(text).script }));
  return buildTransaction({ inputs: [coin], outputs: [...data, { value: 50e8 - 10_000, script: MINER.script }] });
}

describeWith('bitcoind')('a regtest node', ({ bitcoind }) => {
  it('answers RPC, by password and by cookie, and REST', async () => {
    await using node = await startRegtest({ bitcoind });
    const [hash] = await node.mine(1);
    expect(await node.rpc('getbestblockhash')).toBe(hash);

    const cookie = `Basic ${Buffer.from(readFileSync(node.cookiePath, 'utf8')).toString('base64')}`;
    const body = JSON.stringify({ method: 'getblockcount' });
    const byCookie = await fetch(node.url, { method: 'POST', headers: { authorization: cookie }, body });
    expect(await byCookie.json()).toMatchObject({ result: 1 });

    const byRest = await fetch(`${node.url}/rest/block/${hash}.bin`);
    expect((await byRest.arrayBuffer()).byteLength).toBeGreaterThan(80);
    expect(readdirSync(node.blocksPath)).toContain('blk00000.dat');
  });

  it('refuses REST if it is switched off', async () => {
    await using node = await startRegtest({ bitcoind, rest: false });
    expect((await fetch(`${node.url}/rest/chaininfo.json`)).status).toBe(404);
  });

  it("reports the node's own errors with their codes", async () => {
    await using node = await startRegtest({ bitcoind });
    const error = await node.rpc('getblockhash', 99).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(JsonRpcError);
    expect(error).toMatchObject({ code: -8, message: expect.stringContaining('getblockhash') });
  });

  it('keeps its chain and its clock over a restart, and its chain over a kill', async () => {
    await using node = await startRegtest({ bitcoind, time: FIRST_TIME });
    await node.mine(3);
    await node.restart({ txindex: true });
    expect(await node.rpc('getindexinfo')).toMatchObject({ txindex: expect.anything() });
    const [hash] = await node.mine(1);
    expect((await node.rpc<NodeBlock>('getblock', hash!)).time).toBeLessThan(FIRST_TIME + 60);
    await node.restart();
    await node.kill();
    expect(node.running).toBe(false);
    await node.start();
    expect(await node.rpc('getbestblockhash')).toBe(hash);
  });

  it('accepts non-standard transactions into its mempool only if that is switched on', async () => {
    await using node = await startRegtest({ bitcoind });
    const { hex, txid } = await textTransaction(node, 'one', 'two');
    expect(await node.rpc('sendrawtransaction', hex)).toBe(txid);
    const [hash] = await node.mine(1);
    expect((await node.rpc<NodeBlock>('getblock', hash!)).tx).toContain(txid);

    await using strict = await startRegtest({ bitcoind, dataCarrierSize: 20 });
    const long = await textTransaction(strict, 'longer than twenty bytes');
    await expect(strict.rpc('sendrawtransaction', long.hex)).rejects.toMatchObject({ code: -26 });
    await strict.mineBlock([long.hex]);
  });

  it('prunes', async () => {
    await using node = await startRegtest({ bitcoind, prune: 1 });
    expect(await node.rpc('getblockchaininfo')).toMatchObject({ pruned: true });
  });

  it('runs beside others, each on its own', async () => {
    const nodes = await Promise.all([1, 2, 3].map(() => startRegtest({ bitcoind })));
    await Promise.all(nodes.map((node, n) => node.mine(n + 1)));
    expect(await Promise.all(nodes.map((node) => node.rpc('getblockcount')))).toEqual([1, 2, 3]);
    await Promise.all(nodes.map((node) => node.close()));
  });

  it('leaves nothing behind', async () => {
    const node = await startRegtest({ bitcoind });
    const { pid } = JSON.parse(`{"pid":${readFileSync(join(node.datadir, 'pids'), 'utf8').trim()}}`) as { pid: number };
    expect(existsSync(`/proc/${pid}`)).toBe(true);
    await node.close();
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(existsSync(node.datadir)).toBe(false);
  });

  it('says why it did not start', async () => {
    await expect(startRegtest({ bitcoind, args: ['-nosuchflag'] })).rejects.toThrow('nosuchflag');
  });
});

it('rounds amounts to whole satoshis', () => {
  expect(toSatoshis(0.1 + 0.2)).toBe(30_000_000);
  expect(toSatoshis(20_999_999.9769)).toBe(2_099_999_997_690_000);
});
