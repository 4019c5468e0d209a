import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { Network } from '../../src/chain/networks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { type CommitNumber, encodeCommitNumber } from '../../src/store/commit-number.ts';
import { type Departure, departureKey, encodeDeparture } from '../../src/store/departures.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import { addPending } from '../../src/store/pending.ts';
import { POSTING_KINDS, type PostingFamily } from '../../src/store/postings.ts';
import type { Batch } from '../../src/store/store.ts';
import { addPostings } from './rows.ts';

/** An unconfirmed transaction with the outputs that it spends, in input order; null for an unknown one. */
export interface Unconfirmed {
  readonly transaction: Transaction;
  readonly spent: readonly (SpentOutput | null)[];
  /** In seconds since 1970. */
  readonly firstSeen: number;
}

/** What is needed to make the postings of an unconfirmed transaction. */
interface PostingContext {
  /** Height of the next block. */
  readonly height: number;
  readonly network: Network;
  /** The families of postings that are made. */
  readonly families: ReadonlySet<PostingFamily>;
}

/** All postings of an unconfirmed transaction. */
export function addPendingPostings(
  position: Uint8Array,
  { transaction, spent }: Pick<Unconfirmed, 'transaction' | 'spent'>,
  context: PostingContext,
  postings: RowPacker,
): void {
  addPostings({ transaction, spent, position, ...context, hasCoins: true, firstSeen: null }, { postings });
  postings.bytes.u8(POSTING_KINDS.all.tag).bytes(position);
  postings.endKey().endRow();
}

/** Gathers the rows of unconfirmed transactions that come and go. */
export class PendingRows {
  readonly #pending = new RowPacker();
  readonly #payloads = new RowPacker();
  readonly #postings = new RowPacker();
  readonly #departures = new RowPacker();
  readonly #removed = new RowPacker();

  arrive(number: CommitNumber, unconfirmed: Unconfirmed, context: PostingContext): void {
    const position = encodeCommitNumber(number);
    addPending(position, unconfirmed, { pending: this.#pending, payloads: this.#payloads });
    addPendingPostings(position, unconfirmed, context, this.#postings);
  }

  /** @param epoch of the writer that records the departure */
  depart(arrival: CommitNumber, epoch: number, departure: Departure): void {
    this.#departures.add({ key: departureKey(encodeCommitNumber(arrival), epoch), value: encodeDeparture(departure) });
  }

  /** Removes a transaction that is not in a block. */
  remove(arrival: CommitNumber, record: Pick<Unconfirmed, 'transaction' | 'spent'>, context: PostingContext): void {
    addPendingPostings(encodeCommitNumber(arrival), record, context, this.#removed);
  }

  /** The rows. The packers must not be used again. */
  finish(): Batch {
    return new Map([
      ['pending', this.#pending.finish()],
      ['payloads', this.#payloads.finish()],
      ['pendingPostings', this.#postings.finish()],
      ['departures', this.#departures.finish()],
      ['removedPostings', this.#removed.finish()],
    ]);
  }
}
