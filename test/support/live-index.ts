import { expect } from 'vitest';
import type { RegtestNode } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import type { IndexerOptions } from '../../indexer/run.ts';
import { verifyIndex } from '../../indexer/verify/verify-store.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainStore, ReadStore } from '../../src/store/store.ts';
import { indexQuietly } from './index-quietly.ts';
import { liveRows, pendingIn, stateOf } from './live-rows.ts';
import { temporaryStore } from './temporary-store.ts';
import { expectSameRows } from './visible-rows.ts';

export type FollowOptions = Pick<IndexerOptions, 'store'> &
  Partial<IndexerOptions> & { readonly zmq?: readonly string[] | null };

/** Follows the blocks and the mempool of a node in this process; with ZMQ if the node publishes. */
export async function followNode(node: RegtestNode, options: FollowOptions): Promise<void> {
  const live = new LiveNode(parseNodeAddress(node.urlWithPassword), options.zmq ?? null);
  await indexQuietly({
    leaseMs: 10_000,
    node: live,
    live,
    ...options,
  });
}

/** Everything that queries see of a new index of a node as it is now. */
export async function freshRows(node: RegtestNode): Promise<string[]> {
  const store = await temporaryStore();
  try {
    await followNode(node, { store, once: true });
    return await liveRows(store);
  } finally {
    await store.close();
  }
}

/** Shorter than the half minute after which the indexer compares everything without a reason. */
const CATCH_UP_MS = 15_000;

/** Waits until an index has all that its node has, and nothing else. */
export async function untilCaughtUp(store: ReadStore, node: RegtestNode, timeoutMs = CATCH_UP_MS): Promise<void> {
  let lacks = '';
  const caughtUp = async () => {
    lacks = (await differenceFrom(node, store)) ?? '';
    return lacks === '';
  };
  await until('the index to be where its node is', caughtUp, { timeoutMs }).catch((error: Error) => {
    throw new Error(`${error.message}: ${lacks}`);
  });
}

/** Whether an index has all that its node has, and nothing else. */
export async function isCaughtUp(store: ReadStore, node: RegtestNode): Promise<boolean> {
  return (await differenceFrom(node, store)) === null;
}

/** Expects that queries see the same in an index that has followed a node as in a new one. */
export async function expectAsFresh(store: ChainStore, node: RegtestNode): Promise<void> {
  await untilCaughtUp(store, node);
  expectSameRows(await liveRows(store), await freshRows(node));
  const { findings } = await verifyIndex({ store, cacheBytes: 1_000_000, signal: new AbortController().signal });
  expect(findings).toEqual([]);
}

/** Null if there is none. The state record and the rows may be from two moments, so this is reliable only while the node is quiet. */
async function differenceFrom(node: RegtestNode, store: ReadStore): Promise<string | null> {
  const state = await stateOf(store);
  if (state === null) return 'it is empty';
  const best = await node.rpc<string>('getbestblockhash');
  if (state.tip?.hash !== best) return `it is at ${JSON.stringify(state.tip)}, the node at ${best}`;
  const lowest = state.coverage[0]?.[0];
  if (lowest !== state.start) return `it begins at ${lowest}, not yet at ${state.start}`;
  const mempool = new Set(await node.rpc<string[]>('getrawmempool'));
  const pending = await pendingIn(store, Snapshot.latest(state));
  const txids = new Set([...pending.values()].map(({ transaction }) => hashToHex(transaction.txid)));
  const lacking = [...mempool].filter((txid) => !txids.has(txid)).length;
  const extra = [...txids].filter((txid) => !mempool.has(txid)).length;
  if (lacking + extra > 0) return `it lacks ${lacking} transactions and has ${extra} too many`;
  if (txids.size !== pending.size) return 'it has a transaction twice';
  return state.mempool?.count === mempool.size ? null : `it counts ${state.mempool?.count}, not ${mempool.size}`;
}
