import { COMMIT_NUMBER_LENGTH, decodeCommitNumber, encodeCommitNumber, isArrival } from '../store/commit-number.ts';
import { CURSOR_FORMS, cursorBytes, notCursor } from '../store/cursor-text.ts';
import { compareEventPlaces, type EventPlace } from '../store/event-log.ts';

/**
 * Where something stands that subscribers are told: an event of the log, and within the event of a block the transaction by
 * its index. Every reader of an index tells the same at the same place.
 */
export interface LivePlace {
  readonly event: EventPlace;
  readonly item: number;
}

/** Behind all that an event tells. */
export const WHOLE_EVENT = 0xffff_ffff;

const { version: VERSION, length: LENGTH } = CURSOR_FORMS.event;

/** Negative if `a` comes first. */
export function comparePlaces(a: LivePlace, b: LivePlace): number {
  return compareEventPlaces(a.event, b.event) || a.item - b.item;
}

/** Behind a whole event. */
export function behind(event: EventPlace): LivePlace {
  return { event, item: WHOLE_EVENT };
}

/** Where the log is to be read from to go on behind a place: before the event, if only a part of it has been told. */
export function resumeAt({ event, item }: LivePlace): EventPlace {
  return item === WHOLE_EVENT ? event : { ...event, index: event.index - 1 };
}

/** Bytes, base64url: version (1), commit number (8), part (2), index (4), item (4). */
export function encodeEventCursor({ event, item }: LivePlace): string {
  const bytes = Buffer.alloc(LENGTH);
  bytes[0] = VERSION;
  bytes.set(encodeCommitNumber(event.number), 1);
  let offset = bytes.writeUInt16BE(event.part, 1 + COMMIT_NUMBER_LENGTH);
  offset = bytes.writeUInt32BE(event.index, offset);
  bytes.writeUInt32BE(item, offset);
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
  return { event, item: bytes.readUInt32BE(offset + 6) };
}
