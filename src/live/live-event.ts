import { BitqlError } from '../errors.ts';
import type { BlockView } from '../query/block-reader.ts';
import type { TransactionView } from '../query/transaction-view.ts';
import { COMMIT_NUMBER_LENGTH, decodeCommitNumber, encodeCommitNumber, isArrival } from '../store/commit-number.ts';
import { CURSOR_FORMS, cursorBytes, notCursor } from '../store/cursor-text.ts';
import type { RemovalReason } from '../store/departures.ts';
import { compareEventPlaces, type EventPlace } from '../store/event-log.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ChainState } from '../store/state.ts';

/** An event of the chain, as subscribers receive it. */
export type LiveEvent = TransactionHappening | BlockHappening;

interface Happening {
  readonly place: LivePlace;
  /** The snapshot at the time it was read from the log. */
  readonly snapshot: Snapshot;
}

/** A block came onto the main chain, or was taken off it. */
export interface BlockHappening extends Happening {
  readonly kind: 'connected' | 'disconnected';
  readonly block: BlockView;
}

export interface TransactionHappening extends Happening {
  /** `reorganised`: its block was taken off the main chain. */
  readonly kind: 'accepted' | 'confirmed' | 'reorganised' | 'doubleSpent' | 'removed';
  readonly transaction: TransactionView;
  /** The block that holds it, or held it until now; null for one that was unconfirmed. */
  readonly block: BlockView | null;
  /** Why it was removed. */
  readonly reason: RemovalReason | null;
  /** The transaction that caused it, in display-order hex. */
  readonly by: string | null;
}

export function isBlockHappening(event: LiveEvent): event is BlockHappening {
  return event.kind === 'connected' || event.kind === 'disconnected';
}

/** In bytes: the size of the transaction, and of what it spends. */
export function sizeOf(event: LiveEvent): number {
  if (isBlockHappening(event)) return 0;
  const { transaction, spent } = event.transaction;
  return transaction.bytes.length + spent.reduce((sum, output) => sum + (output?.script.length ?? 0), 0);
}

/**
 * The place of what subscribers receive: an event of the log, and within the event of a block a transaction, by its index.
 * Every reader of an index reports the same at the same place. In another index, the same place means something else.
 */
export interface LivePlace {
  readonly event: EventPlace;
  readonly item: number;
  /** Of the index (`ChainState`). */
  readonly mark: number;
}

/** After everything in an event. */
export const WHOLE_EVENT = 0xffff_ffff;

const { version: VERSION, length: LENGTH } = CURSOR_FORMS.event;

/** Negative if `a` comes first. */
export function comparePlaces(a: LivePlace, b: LivePlace): number {
  return compareEventPlaces(a.event, b.event) || a.item - b.item;
}

/** The place after a whole event of an index. */
export function endOfEvent(event: EventPlace, { mark }: Pick<ChainState, 'mark'>): LivePlace {
  return { event, item: WHOLE_EVENT, mark };
}

/** @throws BAD_CURSOR if a place is of another index */
export function requireSameIndex({ mark }: LivePlace, { state }: Snapshot): void {
  if (mark === state.mark) return;
  throw new BitqlError(
    'BAD_CURSOR',
    'The cursor belongs to another index, which was here before or is somewhere else: subscribe without a cursor, or with that of `chain { cursor }`.',
  );
}

/** Where to read the log to resume after a place: before the event, if only a part of it was delivered. */
export function resumeAt({ event, item }: LivePlace): EventPlace {
  return item === WHOLE_EVENT ? event : { ...event, index: event.index - 1 };
}

/** Bytes, base64url: version (1), commit number (8), part (2), index (4), item (4), mark (4). */
export function encodeEventCursor({ event, item, mark }: LivePlace): string {
  const bytes = Buffer.alloc(LENGTH);
  bytes[0] = VERSION;
  bytes.set(encodeCommitNumber(event.number), 1);
  let offset = bytes.writeUInt16BE(event.part, 1 + COMMIT_NUMBER_LENGTH);
  offset = bytes.writeUInt32BE(event.index, offset);
  offset = bytes.writeUInt32BE(item, offset);
  bytes.writeUInt32BE(mark, offset);
  return bytes.toString('base64url');
}

/** @throws BAD_CURSOR if it was changed, or is of another kind */
export function decodeEventCursor(text: string): LivePlace {
  const bytes = cursorBytes(text, 'event');
  const number = bytes.subarray(1, 1 + COMMIT_NUMBER_LENGTH);
  if (!isArrival(number)) throw notCursor();
  const offset = 1 + COMMIT_NUMBER_LENGTH;
  const event = {
    number: decodeCommitNumber(number),
    part: bytes.readUInt16BE(offset),
    index: bytes.readUInt32BE(offset + 2),
  };
  return { event, item: bytes.readUInt32BE(offset + 6), mark: bytes.readUInt32BE(offset + 10) };
}
