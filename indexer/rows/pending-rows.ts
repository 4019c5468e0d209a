import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { Network } from '../../src/chain/networks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';
import { type CommitNumber, encodeCommitNumber } from '../../src/store/commit-number.ts';
import { type Departure, departureKey, encodeDeparture } from '../../src/store/departures.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import { addPending } from '../../src/store/pending.ts';
import { POSTING_KINDS } from '../../src/store/postings.ts';
import type { Batch } from '../../src/store/store.ts';
import { addPostings } from './rows.ts';

/** An unconfirmed transaction with what it spends, in input order; null for what is not known. */
export interface Unconfirmed {
  readonly transaction: Transaction;
  readonly spent: readonly (SpentOutput | null)[];
  /** In seconds since 1970. */
  readonly firstSeen: number;
}

/** What the postings of an unconfirmed transaction are made with. */
interface PostingContext {
  /** Of the next block. */
  readonly height: number;
  readonly network: Network;
}

/** All postings of an unconfirmed transaction. */
export function addPendingPostings(
  position: Uint8Array,
  { transaction, spent }: Pick<Unconfirmed, 'transaction' | 'spent'>,
  { height, network }: PostingContext,
  postings: RowPacker,
): void {
  addPostings({ transaction, spent, position, height, network, hasCoins: true, firstSeen: null }, { postings });
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

  /** @param height of the next block */
  arrive(number: CommitNumber, unconfirmed: Unconfirmed, height: number, network: Network): void {
    const position = encodeCommitNumber(number);
    addPending(position, unconfirmed, { pending: this.#pending, payloads: this.#payloads });
    addPendingPostings(position, unconfirmed, { height, network }, this.#postings);
  }

  /** @param epoch of the writer that takes it away */
  depart(arrival: CommitNumber, epoch: number, departure: Departure): void {
    this.#departures.add({ key: departureKey(encodeCommitNumber(arrival), epoch), value: encodeDeparture(departure) });
  }

  /** A transaction goes without being in a block. */
  remove(arrival: CommitNumber, record: Pick<Unconfirmed, 'transaction' | 'spent'>, context: PostingContext): void {
    addPendingPostings(encodeCommitNumber(arrival), record, context, this.#removed);
  }

  /** The packers are not to be used again. */
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
