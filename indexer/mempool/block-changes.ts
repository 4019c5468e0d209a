import { hashToHex } from '../../src/chain/bytes.ts';
import { txidsOf } from '../../src/store/blocks.ts';
import type { BlockEvent } from '../../src/store/events.ts';
import { encodePosition } from '../../src/store/position.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { transactionsAt } from '../../src/store/transactions.ts';
import type { ChainChange } from '../chain/chain-change.ts';
import { admit } from './arrivals.ts';
import { Changes, type Removal } from './changes.ts';
import { type MempoolContext, mempoolAt } from './context.ts';
import { drop, inherited, spentElsewhere } from './departures.ts';

/** How a change of the main chain changes the pending transactions, with the events of its blocks. */
export async function changesOfBlocks(change: ChainChange, context: MempoolContext): Promise<Changes> {
  const { after, disconnected, isNodeTip } = change;
  const { writer, set, node } = context;
  const changes = new Changes({ ...context, height: after.tip.height + 1, blocks: blockEvents(change) });
  const isReorganisation = disconnected.length > 0;
  if (set.size === 0 && !isReorganisation) return changes;
  const mined = await removeMined(change, changes, context);
  const chain = Snapshot.latest({ ...writer.state, ...after });
  const present = isNodeTip ? await mempoolAt(after.tip.hash, node) : null;
  const unconfirmed = await unconfirmedBy(change, mined, context);
  if (unconfirmed.size > 0) {
    await readmit([...unconfirmed.keys()], present, changes, context);
    await loseOthers(unconfirmed, chain, changes, context);
  }
  if (present !== null) await drop({ present, mined, chain, isReorganisation }, changes, context);
  return changes;
}

function blockEvents({ disconnected, connected }: ChainChange): BlockEvent[] {
  return [
    ...disconnected.map((block) => ({ kind: 'disconnected' as const, ...block })),
    ...connected.map((block) => ({ kind: 'connected' as const, ...block })),
  ];
}

/**
 * Removes the transactions of the new blocks from the pending ones.
 * @returns in a reorganisation all transactions of the blocks, else those that were pending
 */
async function removeMined(
  { connected, disconnected }: ChainChange,
  changes: Changes,
  { store, set }: MempoolContext,
): Promise<Set<string>> {
  const mined = new Set<string>();
  for (const block of connected) {
    for await (const id of txidsOf(block, store)) {
      const txid = hashToHex(id);
      const entry = set.get(txid);
      if (entry !== undefined && !mined.has(txid)) changes.depart(txid, entry, { reason: 'mined', by: null }, null);
      if (entry !== undefined || disconnected.length > 0) mined.add(txid);
    }
  }
  return mined;
}

/**
 * Transactions of disconnected blocks that the new ones do not contain; without coinbases, parents before children.
 * @returns their positions by txid
 */
async function unconfirmedBy(
  { disconnected }: ChainChange,
  mined: ReadonlySet<string>,
  { store }: MempoolContext,
): Promise<Map<string, Uint8Array>> {
  const unconfirmed = new Map<string, Uint8Array>();
  for (const { height, fork } of disconnected.toReversed()) {
    let index = 0;
    for await (const id of txidsOf({ height, fork }, store)) {
      const txid = hashToHex(id);
      if (index > 0 && !mined.has(txid)) unconfirmed.set(txid, encodePosition({ height, fork, index }));
      index += 1;
    }
  }
  return unconfirmed;
}

/** Transactions that the node took back into its mempool are pending again. */
async function readmit(
  txids: readonly string[],
  present: ReadonlySet<string> | null,
  changes: Changes,
  context: MempoolContext,
): Promise<void> {
  const coming = txids.filter((txid) => !context.set.has(txid) && (present?.has(txid) ?? true));
  await admit(new Set(coming), { isWhole: true, tip: null }, changes, context);
  await changes.flush();
}

/** Transactions that are not pending again are lost. */
async function loseOthers(
  unconfirmed: ReadonlyMap<string, Uint8Array>,
  chain: Snapshot,
  changes: Changes,
  { store, network }: MempoolContext,
): Promise<void> {
  const isPending = (txid: string) => changes.arrivalOf(txid) !== undefined;
  const lost = [...unconfirmed].filter(([txid]) => !isPending(txid));
  const removals = new Map<string, Removal>();
  for (const [txid, position] of lost) {
    const [located] = await transactionsAt(store, [position], network);
    if (located == null) continue;
    const removal =
      (await spentElsewhere(located.transaction, { store, network, chain, isPending })) ??
      inherited(located.transaction, removals) ??
      ({ reason: 'reorganised', by: null } as const);
    removals.set(txid, removal);
    await changes.lose({ ...located, firstSeen: Math.floor(Date.now() / 1_000) }, removal);
  }
}
