import { hashFromHex, mapKey } from '../chain/bytes.ts';
import { type Network, networkById } from '../chain/networks.ts';
import { feeOf } from '../chain/transaction.ts';
import { BitqlError } from '../errors.ts';
import { CoalescedStore } from '../query/coalesced-store.ts';
import { pendingPage } from '../query/pending-postings.ts';
import type { Work } from '../query/work.ts';
import { txidsOf } from '../store/blocks.ts';
import {
  type CommitNumber,
  compareCommitNumbers,
  decodeCommitNumber,
  encodeCommitNumber,
} from '../store/commit-number.ts';
import { endOf, readEvents } from '../store/event-log.ts';
import type { ChainEvent } from '../store/events.ts';
import { pendingLengthInPieces, readPending } from '../store/pending.ts';
import { outpointKey, positionOf, postingPrefix, postingRange } from '../store/postings.ts';
import { successor } from '../store/scan-pages.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import type { TransactionRecord } from '../store/transactions.ts';
import { PoolGraph } from './pool-graph.ts';
import type { Chunk } from './pool-transaction.ts';

/** How pending transactions are read. */
export interface PoolReads {
  readonly store: ReadStore;
  /** Called between pieces of work. */
  readonly goOn: Work['goOn'];
  /** Called with the number of transactions before they are read. It may refuse more. */
  readonly count: (transactions: number) => void;
}

/** How the transactions that are added are linked with others. */
interface Links {
  /** Whether transactions that spend from one may have been added before it. */
  readonly mayBeLate: (id: string) => boolean;
  /** Called with parents that are not there. */
  readonly onUnknown?: (id: string) => void;
}

interface ReadRecord {
  readonly arrival: CommitNumber;
  readonly record: TransactionRecord;
}

/** The most pending transactions that are kept in memory; each takes some hundred bytes. */
export const MOST_PENDING = 500_000;
/** Postings that are read at once. */
const PAGE = 1_024;
/** Transactions that are read at once: an inline record has up to 256 KiB. */
const RECORDS = 128;
/** Events that are read at once. */
const EVENTS = 512;
/** A longer record is not read: its size is known, its fee is not. */
const LONGEST_RECORD = 16 * 1024 * 1024;

/** @throws BUDGET_EXCEEDED */
export function requireRoomFor(transactions: number): void {
  if (transactions <= MOST_PENDING) return;
  throw new BitqlError(
    'BUDGET_EXCEEDED',
    `The mempool has ${transactions} transactions. It is put in order only up to ${MOST_PENDING}: ask for the transactions ` +
      'themselves, which know their own fee rates.',
  );
}

/** The pending transactions of a snapshot, which can follow the index. */
export class Pool {
  readonly #graph = new PoolGraph();
  readonly #reads: PoolReads;
  readonly #network: Network;
  #snapshot: Snapshot;

  private constructor(reads: PoolReads, snapshot: Snapshot) {
    this.#reads = reads;
    this.#network = networkById(snapshot.state.network);
    this.#snapshot = snapshot;
  }

  /** Reads all that is pending in a snapshot. */
  static async load(reads: PoolReads, snapshot: Snapshot): Promise<Pool> {
    const pool = new Pool(reads, snapshot);
    await pool.#load();
    return pool;
  }

  /** The snapshot that it is at. */
  get snapshot(): Snapshot {
    return this.#snapshot;
  }

  /** The chunks in the order in which they would be mined. The list is never changed afterwards. */
  order(): Promise<readonly Chunk[]> {
    return this.#graph.order(this.#reads);
  }

  /**
   * Follows the log of events up to a later snapshot of the same index.
   * @throws EVENTS_EXPIRED if the log no longer has all of it
   */
  async advance(to: Snapshot): Promise<void> {
    let place = endOf(this.#snapshot.commit);
    const arrived: CommitNumber[] = [];
    // After a reorganisation, parents may arrive after their children.
    const add = () => this.#add(arrived.splice(0).map(encodeCommitNumber), to, { mayBeLate: () => true });
    for (let more = true; more; ) {
      const page = await readEvents(this.#reads.store, place, EVENTS);
      for (const { place: at, event } of page.events) {
        if (compareCommitNumbers(at.number, to.commit) > 0) break;
        if (event.kind === 'accepted') arrived.push(event.arrival);
        else await add();
        await this.#follow(event);
      }
      await add();
      place = page.end;
      more = page.more && compareCommitNumbers(place.number, to.commit) <= 0;
    }
    this.#snapshot = to;
  }

  async #follow(event: ChainEvent): Promise<void> {
    if (event.kind === 'removed') this.#graph.delete(mapKey(hashFromHex(event.txid)));
    if (event.kind !== 'connected') return;
    for await (const txid of txidsOf(event, this.#reads.store)) this.#graph.delete(mapKey(txid));
  }

  async #load(): Promise<void> {
    const { store } = this.#reads;
    const { min, max } = postingRange(postingPrefix('all', NO_KEY));
    const wanted = new WantedParents();
    const links: Links = { mayBeLate: (id) => wanted.has(id), onUnknown: (id) => wanted.add(id) };
    for (let from: Uint8Array | null = min; from !== null; ) {
      const { rows, end } = await pendingPage(store, this.#snapshot, { min: from, max }, { limit: PAGE });
      await this.#add(
        rows.map(({ key }) => positionOf(key)),
        this.#snapshot,
        links,
      );
      from = end === null ? null : successor(end);
    }
  }

  async #add(arrivals: readonly Uint8Array[], snapshot: Snapshot, links: Links): Promise<void> {
    for (let from = 0; from < arrivals.length; from += RECORDS) {
      const some = arrivals.slice(from, from + RECORDS);
      this.#reads.count(some.length);
      requireRoomFor(this.#graph.size + some.length);
      await this.#reads.goOn();
      const records = await this.#read(some, this.#reads.store);
      for (const { arrival, record } of records) this.#take(arrival, record);
      for (const { record } of records) this.#linkParents(record, links);
      const late = records.filter(({ record }) => links.mayBeLate(mapKey(record.transaction.txid)));
      // Their postings are read together.
      const store = new CoalescedStore(this.#reads.store);
      await Promise.all(late.map(({ record }) => this.#linkChildren(record, snapshot, store)));
    }
  }

  #take(arrival: CommitNumber, { transaction, spent }: TransactionRecord): void {
    const { txid, weight } = transaction;
    this.#graph.add(mapKey(txid), { arrival, weight, fee: feeOf(transaction, spent) });
  }

  #linkParents(record: TransactionRecord, { onUnknown }: Links): void {
    const id = mapKey(record.transaction.txid);
    for (const parent of parentIds(record)) {
      if (this.#graph.has(parent)) this.#graph.link(parent, id);
      else onUnknown?.(parent);
    }
  }

  async #read(arrivals: readonly Uint8Array[], store: ReadStore): Promise<ReadRecord[]> {
    const values = await store.get('pending', arrivals);
    const found: ReadRecord[] = [];
    for (const [i, key] of arrivals.entries()) {
      const value = values[i];
      // Nothing is there of one that came and went while the log was followed, or of one whose record is too long.
      if (value == null || pendingLengthInPieces({ key, value }) > LONGEST_RECORD) continue;
      found.push({ arrival: decodeCommitNumber(key), record: await readPending(store, { key, value }, this.#network) });
    }
    return found;
  }

  /** Links a transaction with earlier ones that spend its outputs. */
  async #linkChildren({ transaction }: TransactionRecord, snapshot: Snapshot, store: ReadStore): Promise<void> {
    const { txid, outputCount } = transaction;
    const id = mapKey(txid);
    const range = {
      min: postingRange(postingPrefix('spend', outpointKey(txid, 0))).min,
      max: postingRange(postingPrefix('spend', outpointKey(txid, outputCount - 1))).max,
    };
    for (let from: Uint8Array | null = range.min; from !== null; ) {
      const { rows, end } = await pendingPage(store, snapshot, { ...range, min: from }, { limit: PAGE });
      for (const { record } of await this.#read(
        rows.map(({ key }) => positionOf(key)),
        store,
      )) {
        // Keys of postings hold only the first half of the id.
        if (parentIds(record).has(id)) this.#graph.link(id, mapKey(record.transaction.txid));
      }
      from = end === null ? null : successor(end);
    }
  }
}

const NO_KEY = new Uint8Array(0);

/** The ids of the transactions that one spends from, each once. */
function parentIds({ transaction }: TransactionRecord): Set<string> {
  return new Set(transaction.inputs.map(({ previousTxid }) => mapKey(previousTxid)));
}

/**
 * The parents that were not pending when their children were read: nearly all are in blocks. Only the beginning of each id is
 * kept, in a number; the store decides.
 */
class WantedParents {
  readonly #beginnings = new Set<number>();

  add(id: string): void {
    this.#beginnings.add(beginningOf(id));
  }

  has(id: string): boolean {
    return this.#beginnings.has(beginningOf(id));
  }
}

/** The first 48 bits of an id. */
function beginningOf(id: string): number {
  let number = 0;
  for (let i = 0; i < 6; i++) number = number * 256 + id.charCodeAt(i);
  return number;
}
