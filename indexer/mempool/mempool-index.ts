import { hashToHex } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { encodeCommitNumber } from '../../src/store/commit-number.ts';
import { transactionsAt } from '../../src/store/lookup.ts';
import { pendingAt } from '../../src/store/pending.ts';
import { blockKey, encodePosition } from '../../src/store/position.ts';
import { decodeBlock } from '../../src/store/records/block.ts';
import type { RemovalReason } from '../../src/store/records/departure.ts';
import type { BlockEvent } from '../../src/store/records/event.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { BlockRef } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter, Commit } from '../../src/store/writer.ts';
import type { StoredBlock } from '../chain/stored-blocks.ts';
import type { Hint } from '../node/hints/hint.ts';
import type { FollowedNode } from '../node/node.ts';
import type { Outputs } from '../outputs/outputs.ts';
import { takeFamilies, unconfirmedOf } from './arrivals.ts';
import { Changes, type Removal } from './changes.ts';
import type { DepartedPostings } from './departed.ts';
import { type DepartureContext, leavingOf, spentElsewhere } from './departures.ts';
import { Hearsay } from './hearsay.ts';
import type { PendingEntry, PendingSet } from './pending-set.ts';
import { txidsOf } from './txids.ts';

export interface MempoolOptions {
  readonly store: ChainStore;
  readonly network: Network;
  readonly writer: ChainWriter;
  readonly outputs: Outputs;
  /** Null where blocks come from files alone. */
  readonly node: FollowedNode | null;
  readonly set: PendingSet;
  readonly departed: DepartedPostings;
  /** How long the node keeps a transaction that no block takes, in seconds. */
  readonly expirySeconds: number;
}

/** A change of the main chain. */
export interface ChainChange extends Commit {
  readonly tip: BlockRef;
  readonly forks: NonNullable<Commit['forks']>;
  readonly coverage: NonNullable<Commit['coverage']>;
}

export interface BlockCommit {
  readonly change: ChainChange;
  /** The blocks that it takes off, the highest first. */
  readonly disconnected: readonly StoredBlock[];
  /** The blocks that it brings, the lowest first. */
  readonly connected: readonly StoredBlock[];
  /** Whether the node was at this tip a moment ago. */
  readonly isNodeTip: boolean;
  /** Whether the ones that it brings do not follow those that stay: then the log of events cannot tell, and begins anew. */
  readonly hasGap?: boolean;
}

interface Admission {
  /** Whether all that they depend on is known or among them; else one that spends what nobody knows is left out. */
  readonly isWhole: boolean;
  /** Of what changes. */
  readonly most: number;
  /** A block that the node must still have on its chain: else what it has pending may be in the index's blocks. */
  readonly tip: BlockRef | null;
}

/** Transactions that arrive with one commit, and are asked for at once. */
const ARRIVALS = 2_000;
const ASKED_AT_ONCE = 250;

/** Keeps the index of unconfirmed transactions at what the node's mempool holds, and commits what that and blocks change. */
export class MempoolIndex {
  readonly #options: MempoolOptions;
  readonly #hearsay = new Hearsay();

  constructor(options: MempoolOptions) {
    this.#options = options;
  }

  /**
   * Makes a change of the main chain count, and all that it means for what is pending, at once.
   */
  async commitBlocks({ change, disconnected, connected, isNodeTip, hasGap = false }: BlockCommit): Promise<void> {
    const { writer, set } = this.#options;
    const changes = this.#changes(change.tip.height, [
      ...disconnected.map((block) => ({ kind: 'disconnected' as const, ...block })),
      ...connected.map((block) => ({ kind: 'connected' as const, ...block })),
    ]);
    const isInteresting = set.size > 0 || disconnected.length > 0;
    const mined = isInteresting ? await this.#mine(connected, changes, disconnected.length > 0) : new Set<string>();
    const chain = Snapshot.latest({ ...writer.state, ...change });
    const present = isInteresting && isNodeTip ? await this.#presentAt(change.tip.hash) : null;
    const orphans = await this.#orphans(disconnected, mined);
    if (orphans.size > 0) await this.#takeBack(orphans, present, chain, changes);
    if (present !== null) await this.#drop(present, mined, chain, disconnected.length > 0, changes);
    const isCut = hasGap && writer.state.logStart !== null;
    await this.#commit(changes, isCut ? { ...change, logStart: changes.number } : change);
  }

  /**
   * Compares with all that the mempool holds.
   * @returns false where the node has gone on meanwhile: then blocks come first
   */
  async reconcile(): Promise<boolean> {
    const { node, writer, set } = this.#options;
    const tip = writer.state.tip;
    if (node === null || tip === null) return true;
    const present = await this.#presentAt(tip.hash);
    if (present === null) return false;
    const coming = new Set([...present].filter((txid) => !set.has(txid)));
    let changes = this.#changes(tip.height);
    for (;;) {
      const areAllIn = await this.#admit(coming, changes, { isWhole: true, most: ARRIVALS, tip });
      if (!areAllIn) {
        await this.#commit(changes);
        return false;
      }
      if (coming.size === 0) break;
      await this.#commit(changes, { mempool: changes.summary() });
      changes = this.#changes(tip.height);
    }
    await this.#drop(present, new Set(), Snapshot.latest(writer.state), false, changes);
    await this.#tellDoubleSpends(changes);
    const { logStart, mempool } = writer.state;
    const isFirst = logStart === null || mempool === null;
    if (isFirst) await this.#commit(changes, { logStart: logStart ?? changes.number, mempool: changes.summary() });
    else await this.#commit(changes);
    this.#hearsay.settle((txid) => set.has(txid));
    return true;
  }

  /** Remembers what the node says of transactions: it counts when they are looked at, one by one or all. */
  note(hints: readonly Hint[]): void {
    this.#hearsay.note(hints);
  }

  /**
   * Takes in the transactions that hints name.
   * @returns false where some have left, or the node has gone on: why, only a comparison of the whole can tell
   */
  async look(hints: readonly Hint[]): Promise<boolean> {
    const { node, writer, set } = this.#options;
    const tip = writer.state.tip;
    // Nodes tell of each transaction twice, with its bytes and in their sequence: the second time there is nothing to ask.
    const news = hints.filter((hint) => hint.kind !== 'transaction' || !set.has(hint.txid));
    if (node === null || tip === null || news.length === 0) return true;
    const txids = [...new Set(news.flatMap((hint) => ('txid' in hint ? [hint.txid] : [])))];
    const changes = this.#changes(tip.height);
    const known = txids.filter((txid) => set.has(txid));
    const coming = new Set(txids.filter((txid) => !set.has(txid)));
    const areAllIn = await this.#admit(coming, changes, { isWhole: false, most: Number.POSITIVE_INFINITY, tip });
    await this.#tellDoubleSpends(changes);
    await this.#commit(changes);
    return areAllIn && (await this.#areAllPresent(known)) && (await node.info()).tip.hash === tip.hash;
  }

  /** When a pending transaction entered the mempool, in seconds since 1970; null for one that is not pending. */
  firstSeen(txid: Uint8Array): number | null {
    const { set } = this.#options;
    return set.size === 0 ? null : (set.get(hashToHex(txid))?.firstSeen ?? null);
  }

  #changes(tipHeight: number, blocks: readonly BlockEvent[] = []): Changes {
    const { writer, set, network } = this.#options;
    return new Changes(writer, set, network, blocks, tipHeight + 1);
  }

  async #commit(changes: Changes, commit: Commit = {}): Promise<void> {
    if (changes.isEmpty && Object.keys(commit).length === 0) return;
    const { writer, departed } = this.#options;
    const mempool = writer.state.mempool === null ? {} : { mempool: changes.summary() };
    const { number } = changes;
    const gone = changes.departed();
    await changes.commit({ ...mempool, ...departed.told(number, gone.length), ...commit });
    await departed.move(gone.map((arrival) => ({ arrival, number })));
  }

  async #tellDoubleSpends(changes: Changes): Promise<void> {
    const { set, store, network } = this.#options;
    const arrivalOf = (txid: string) => changes.arrivalOf(txid) ?? set.get(txid)?.arrival;
    const said = this.#hearsay.takeDoubleSpends((txid) => arrivalOf(txid) !== undefined);
    if (said.length === 0) return;
    await changes.flush();
    const arrivals = said.map(({ txid }) => arrivalOf(txid)!);
    const records = await pendingAt(store, arrivals.map(encodeCommitNumber), network);
    for (const [i, { txid, by }] of said.entries()) changes.doubleSpend(txid, arrivals[i]!, by, records[i]!);
  }

  /** What the mempool holds, if the node is at that block. */
  async #presentAt(hash: string): Promise<Set<string> | null> {
    const mempool = (await this.#options.node?.mempool()) ?? null;
    return mempool !== null && mempool.tip === hash ? new Set(mempool.txids) : null;
  }

  /** What blocks hold is no longer pending. @returns what they hold, if that is wanted, else what was pending of it */
  async #mine(blocks: readonly StoredBlock[], changes: Changes, wantsAll: boolean): Promise<Set<string>> {
    const { store, set } = this.#options;
    const mined = new Set<string>();
    for (const block of blocks) {
      for await (const txid of txidsOf(block, store)) {
        const entry = set.get(txid);
        if (entry !== undefined && !mined.has(txid)) changes.depart(txid, entry, { reason: 'mined', by: null }, null);
        if (entry !== undefined || wantsAll) mined.add(txid);
      }
    }
    return mined;
  }

  /** Transactions of blocks that are taken off, which the new ones do not hold, and where they stand; without coinbases. */
  async #orphans(blocks: readonly StoredBlock[], mined: ReadonlySet<string>): Promise<Map<string, Uint8Array>> {
    const orphans = new Map<string, Uint8Array>();
    // Parents before children.
    for (const { height, fork } of blocks.toReversed()) {
      let index = 0;
      for await (const txid of txidsOf({ height, fork }, this.#options.store)) {
        if (index > 0 && !mined.has(txid)) orphans.set(txid, encodePosition({ height, fork, index }));
        index += 1;
      }
    }
    return orphans;
  }

  /** What the node has taken back into its mempool is pending again; the rest is lost. */
  async #takeBack(
    orphans: ReadonlyMap<string, Uint8Array>,
    present: ReadonlySet<string> | null,
    chain: Snapshot,
    changes: Changes,
  ): Promise<void> {
    const { set } = this.#options;
    const coming = new Set([...orphans.keys()].filter((txid) => !set.has(txid) && (present?.has(txid) ?? true)));
    await this.#admit(coming, changes, { isWhole: true, most: Number.POSITIVE_INFINITY, tip: null });
    await changes.flush();
    const lost = [...orphans].filter(([txid]) => !set.has(txid) && changes.arrivalOf(txid) === undefined);
    const removals = new Map<string, Removal>();
    for (const [txid, position] of lost) {
      const [located] = await transactionsAt(this.#options.store, [position], this.#options.network);
      if (located == null) continue;
      const parent = located.transaction.inputs.map(({ previousTxid }) => removals.get(hashToHex(previousTxid)));
      const removal =
        (await spentElsewhere(located.transaction, this.#context(chain, changes, new Set()))) ??
        parent.find((found) => found !== undefined) ??
        ({ reason: 'reorganised', by: null } as const);
      removals.set(txid, removal);
      await changes.lose({ ...located, firstSeen: Math.floor(Date.now() / 1_000) }, removal);
    }
  }

  /**
   * Takes in transactions of the mempool, as far as they are there, and out of those that are to come.
   * @returns false where one was left out, or the node has left the index's chain
   */
  async #admit(coming: Set<string>, changes: Changes, { isWhole, most, tip }: Admission): Promise<boolean> {
    const { node, set } = this.#options;
    if (node === null) return true;
    const arrivalOf = (txid: string) => changes.arrivalOf(txid) ?? set.get(txid)?.arrival;
    const sources = { ...this.#options, node, arrivalOf };
    let areAllIn = true;
    while (coming.size > 0 && changes.size < most) {
      const arrivals = await takeFamilies(coming, ASKED_AT_ONCE, sources);
      if (tip !== null && (await node.blockHash(tip.height)) !== tip.hash) return false;
      // Their parents may be among those that have just arrived.
      await changes.flush();
      for (const unconfirmed of await unconfirmedOf(arrivals, sources)) {
        if (isWhole || !unconfirmed.spent.includes(null)) await changes.arrive(unconfirmed);
        else areAllIn = false;
      }
    }
    return areAllIn;
  }

  async #areAllPresent(txids: readonly string[]): Promise<boolean> {
    for (let first = 0; first < txids.length; first += ASKED_AT_ONCE) {
      const answers = await this.#options.node!.mempoolTransactions(txids.slice(first, first + ASKED_AT_ONCE));
      if (answers.includes(null)) return false;
    }
    return true;
  }

  /** What is pending here, but not there, and not in a block, goes. */
  async #drop(
    present: ReadonlySet<string>,
    mined: ReadonlySet<string>,
    chain: Snapshot,
    isReorganisation: boolean,
    changes: Changes,
  ): Promise<void> {
    const gone = [...this.#options.set.txids()].filter((txid) => !present.has(txid) && !mined.has(txid));
    await this.#dropAll(gone, chain, isReorganisation, changes);
  }

  async #dropAll(gone: readonly string[], chain: Snapshot, isReorganisation: boolean, changes: Changes): Promise<void> {
    const { set, node } = this.#options;
    if (gone.length === 0) return;
    await changes.flush();
    const isFull = (await node?.isMempoolFull()) ?? false;
    const now = await this.#nodeTime(chain);
    const reasonOf = (entry: PendingEntry): RemovalReason => {
      if (isReorganisation) return 'reorganised';
      if (now - entry.firstSeen >= this.#options.expirySeconds) return 'expired';
      return isFull ? 'evicted' : 'unknown';
    };
    const otherwise = (entry: PendingEntry): Removal => ({ reason: reasonOf(entry), by: null });
    const context = { ...this.#context(chain, changes, new Set(gone)), otherwise };
    const entries = gone.map((txid) => [txid, set.get(txid)!] as const);
    for (const { txid, entry, record, removal } of await leavingOf(entries, context)) {
      changes.depart(txid, entry, removal, record);
    }
  }

  #context(chain: Snapshot, changes: Changes, gone: ReadonlySet<string>): Omit<DepartureContext, 'otherwise'> {
    const { store, network, set } = this.#options;
    const isPending = (txid: string) => changes.arrivalOf(txid) !== undefined || (set.has(txid) && !gone.has(txid));
    return { store, network, chain, isPending, told: this.#hearsay.removals };
  }

  /** No node tells its clock; it is at the last block's time at least, or near ours. In seconds. */
  async #nodeTime({ tip, state }: Snapshot): Promise<number> {
    const [value] =
      tip === null ? [] : await this.#options.store.get('blocks', [blockKey(tip.height, state.forks[tip.height] ?? 0)]);
    return Math.max(Date.now() / 1_000, value == null ? 0 : decodeBlock(value).header.time);
  }
}
