import { hashToHex } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { feeOf } from '../../src/chain/transaction.ts';
import type { CommitNumber } from '../../src/store/commit-number.ts';
import type { RemovalReason } from '../../src/store/departures.ts';
import { EventRows } from '../../src/store/event-log.ts';
import type { AcceptedEvent, BlockEvent, ChainEvent, DoubleSpentEvent } from '../../src/store/events.ts';
import { heldFamilies } from '../../src/store/families.ts';
import { matchKeys } from '../../src/store/match-keys.ts';
import type { PostingFamily } from '../../src/store/postings.ts';
import type { MempoolSummary } from '../../src/store/state.ts';
import { knownOutput } from '../../src/store/transactions.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import { PendingRows, type Unconfirmed } from '../rows/pending-rows.ts';
import type { PendingEntry, PendingSet } from './pending-set.ts';

/** Arrivals whose rows are written together. */
const WRITTEN_AT_ONCE = 500;

/** Why a transaction is no longer pending. */
export interface Removal {
  readonly reason: RemovalReason;
  /** In display-order hex; null if no other transaction is to blame. */
  readonly by: string | null;
}

export interface ChangesOptions {
  readonly writer: ChainWriter;
  readonly set: PendingSet;
  readonly network: Network;
  /** Height of the next block. */
  readonly height: number;
  /** Events of blocks, in order [none]. */
  readonly blocks?: readonly BlockEvent[];
}

interface Gone extends Removal {
  readonly txid: string;
  readonly entry: PendingEntry;
  /** Null for a transaction in a block: the block's event covers it. */
  readonly record: Pick<Unconfirmed, 'transaction' | 'spent'> | null;
}

/**
 * The changes of pending transactions in one commit, and their events. Their numbers: the first is for events of
 * blocks, then there is one for each arrival, and the last is for departures and the commit itself.
 */
export class Changes {
  readonly #options: ChangesOptions;
  readonly #blocks: readonly BlockEvent[];
  readonly #first: CommitNumber;
  readonly #arrived = new Map<string, PendingEntry>();
  readonly #gone: Gone[] = [];
  /**
   * Transactions of disconnected blocks that are neither in a block nor pending: they arrive and depart with this
   * commit.
   */
  readonly #lost: Gone[] = [];
  #rows = new PendingRows();
  #events = new EventRows();
  /** Events of the arrivals that are not written yet. */
  #accepted: AcceptedEvent[] = [];
  readonly #doubleSpent: DoubleSpentEvent[] = [];
  #arrivals = 0;
  #unwritten = 0;
  readonly #isLogging: boolean;
  readonly #families: ReadonlySet<PostingFamily>;

  constructor(options: ChangesOptions) {
    const { writer, blocks = [] } = options;
    this.#options = options;
    this.#blocks = blocks;
    this.#first = writer.next();
    this.#isLogging = writer.state.logStart !== null;
    this.#families = heldFamilies(writer.state);
  }

  get isEmpty(): boolean {
    const changes = [this.#arrived.size, this.#gone.length, this.#blocks.length, this.#doubleSpent.length];
    return changes.every((count) => count === 0);
  }

  get size(): number {
    return this.#arrived.size + this.#gone.length;
  }

  /** The arrival of a pending transaction, in this commit or before. */
  arrivalOf(txid: string): CommitNumber | undefined {
    return (this.#arrived.get(txid) ?? this.#options.set.get(txid))?.arrival;
  }

  /** Adds a transaction that becomes pending. */
  async arrive(unconfirmed: Unconfirmed): Promise<void> {
    const txid = hashToHex(unconfirmed.transaction.txid);
    const entry = await this.#add(unconfirmed);
    const { arrival } = entry;
    this.#arrived.set(txid, entry);
    if (!this.#isLogging) return;
    this.#accepted.push({ kind: 'accepted', arrival, txid, keys: this.#keysOf(unconfirmed) });
  }

  /** Records a transaction of a disconnected block that is now neither in a block nor pending. */
  async lose(unconfirmed: Unconfirmed, removal: Removal): Promise<void> {
    const txid = hashToHex(unconfirmed.transaction.txid);
    this.#lost.push({ txid, entry: await this.#add(unconfirmed), record: unconfirmed, ...removal });
  }

  /**
   * Records that a transaction is no longer pending.
   * @param record null for one that is in a block now
   */
  depart(txid: string, entry: PendingEntry, removal: Removal, record: Gone['record']): void {
    this.#gone.push({ txid, entry, record, ...removal });
  }

  /** Summary of the pending transactions after the commit. */
  summary(): MempoolSummary {
    return this.#options.set.summaryAfter(
      this.#arrived.values(),
      this.#gone.map(({ entry }) => entry),
    );
  }

  /** The arrivals of the transactions that depart with the commit. */
  departed(): CommitNumber[] {
    return [...this.#gone, ...this.#lost].map(({ entry: { arrival } }) => arrival);
  }

  /** Records that the node has seen another transaction with an input of a pending one. */
  doubleSpend(txid: string, arrival: CommitNumber, by: string | null, record: Unconfirmed): void {
    if (this.#isLogging) {
      this.#doubleSpent.push({ kind: 'doubleSpent', arrival, txid, by, keys: this.#keysOf(record) });
    }
  }

  /** Writes the arrivals so far, so that they can be looked up in the store. */
  flush(): Promise<void> {
    return this.#write();
  }

  /** The number that the commit will have, if nothing more arrives. */
  get number(): CommitNumber {
    return { ...this.#first, counter: this.#first.counter + 1 + this.#arrivals };
  }

  /** Writes the rest. A commit with its number then makes all of it count. */
  async finish(): Promise<void> {
    const { number } = this;
    const { height, network } = this.#options;
    for (const gone of [...this.#gone, ...this.#lost]) {
      const { entry, record, reason, by } = gone;
      this.#rows.depart(entry.arrival, number.epoch, { counter: number.counter, at: Date.now(), reason, by });
      if (record === null) continue;
      this.#rows.remove(entry.arrival, record, { height, network, families: this.#families });
    }
    if (this.#isLogging) {
      this.#events.add(this.#first, this.#blocks);
      this.#events.add(number, this.#lastEvents());
    }
    await this.#write();
  }

  /** Updates the set of pending transactions after the commit. */
  settle(): void {
    const { set } = this.#options;
    for (const { txid } of this.#gone) set.delete(txid);
    for (const [txid, entry] of this.#arrived) set.add(txid, entry);
  }

  async #add(unconfirmed: Unconfirmed): Promise<PendingEntry> {
    const { transaction, spent, firstSeen } = unconfirmed;
    const { height, network } = this.#options;
    const arrival = this.number;
    this.#arrivals += 1;
    this.#rows.arrive(arrival, unconfirmed, { height, network, families: this.#families });
    if (++this.#unwritten >= WRITTEN_AT_ONCE) await this.#write();
    return { arrival, firstSeen, virtualSize: transaction.virtualSize, fee: feeOf(transaction, spent) };
  }

  *#lastEvents(): Iterable<ChainEvent> {
    yield* this.#doubleSpent;
    for (const { txid, entry, record, reason, by } of [...this.#gone, ...this.#lost]) {
      if (record === null) continue;
      const { arrival } = entry;
      yield { kind: 'removed', arrival, txid, reason, by, keys: this.#keysOf(record) };
    }
  }

  #keysOf({ transaction, spent }: Pick<Unconfirmed, 'transaction' | 'spent'>): Uint8Array[] {
    const { height, network } = this.#options;
    const known = spent.filter((output) => output !== null);
    const spentScripts = known.map((output) => knownOutput(output, network).lockingScript);
    return matchKeys({ transaction, spentScripts, height }, network, this.#families);
  }

  async #write(): Promise<void> {
    const [first] = this.#accepted;
    if (first !== undefined) this.#events.add(first.arrival, this.#accepted);
    const batch = new Map([...this.#rows.finish(), ['events', this.#events.finish()] as const]);
    const isEmpty = [...batch.values()].every(({ order }) => order.length === 0);
    this.#rows = new PendingRows();
    this.#events = new EventRows();
    this.#accepted = [];
    this.#unwritten = 0;
    if (!isEmpty) await this.#options.writer.write(batch);
  }
}
