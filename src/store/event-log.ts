import { ByteWriter } from '../chain/byte-writer.ts';
import { BitqlError } from '../errors.ts';
import {
  COMMIT_NUMBER_LENGTH,
  type CommitNumber,
  compareCommitNumbers,
  decodeCommitNumber,
  encodeCommitNumber,
} from './commit-number.ts';
import { type ChainEvent, decodeEvents, writeEvent } from './events.ts';
import { RowPacker } from './packed-rows.ts';
import { Snapshot } from './snapshot.ts';
import { decodeState } from './state.ts';
import type { PackedRows, ReadStore } from './store.ts';

/** A row of events ends when it is this large. */
const ROW_BYTES = 1024 * 1024;
const PART_LENGTH = 2;
const LAST_PART = 0xffff;
/** After all events of a row. */
const LAST_INDEX = 0xffff_ffff;
/** The most rows of one read. */
const PAGE = 256;

/** The place of an event in the log: the commit number and part of its row, and its index in the row. */
export interface EventPlace {
  readonly number: CommitNumber;
  readonly part: number;
  readonly index: number;
}

export interface LoggedEvent<E extends ChainEvent = ChainEvent> {
  readonly place: EventPlace;
  readonly event: E;
}

/** A page of the log. */
export interface EventPage {
  readonly events: readonly LoggedEvent[];
  /** The last place that was read; the next page begins after it. */
  readonly end: EventPlace;
  /** Whether there are more events already. */
  readonly more: boolean;
  /** The snapshot when they were read, which includes all of them. */
  readonly snapshot: Snapshot;
}

/** The last place of a commit: the events of the next commit follow it. */
export function endOf(number: CommitNumber): EventPlace {
  return { number, part: LAST_PART, index: LAST_INDEX };
}

/** Negative if `a` comes first. */
export function compareEventPlaces(a: EventPlace, b: EventPlace): number {
  return compareCommitNumbers(a.number, b.number) || a.part - b.part || a.index - b.index;
}

/**
 * The latest snapshot of an index that has an event log.
 * @throws NOT_SYNCED if there is no log yet
 */
export async function openLog(store: Pick<ReadStore, 'readState'>): Promise<Snapshot> {
  const record = await store.readState();
  const state = record === null ? null : decodeState(record.value);
  if (state === null || state.logStart === null) {
    throw new BitqlError('NOT_SYNCED', 'The indexer has not reached its node yet: events start when it has.');
  }
  return Snapshot.latest(state);
}

/** @throws EVENTS_EXPIRED if the log no longer reaches back to a place */
export function requireKept(after: EventPlace, { state: { logStart } }: Snapshot): void {
  if (logStart !== null && compareEventPlaces(after, endOf(logStart)) >= 0) return;
  throw new BitqlError(
    'EVENTS_EXPIRED',
    'The events after the cursor are no longer stored: query the present state, and subscribe from there.',
  );
}

/**
 * The events after a place, in the order in which they happened, which is the same for every reader at any time.
 * @throws EVENTS_EXPIRED if the log no longer reaches back to the place, NOT_SYNCED if there is no log yet
 */
export async function readEvents(store: ReadStore, after: EventPlace, limit: number): Promise<EventPage> {
  const snapshot = await openLog(store);
  requireKept(after, snapshot);
  const present = endOf(snapshot.commit);
  if (compareEventPlaces(after, present) >= 0) return { events: [], end: after, more: false, snapshot };
  const range = { min: eventKey(after), max: eventKey(present) };
  const [page] = await store.scan('events', [range], { limit: Math.min(limit, PAGE) });
  const events: LoggedEvent[] = [];
  for (const { key, value } of page!.rows) {
    const { number, part } = placeOf(key);
    // A killed writer leaves rows of commits that were never made.
    if (!snapshot.includes(number)) continue;
    for (const [index, event] of decodeEvents(value).entries()) {
      const place = { number, part, index };
      if (compareEventPlaces(place, after) > 0) events.push({ place, event });
    }
  }
  if (events.length > limit) {
    return { events: events.slice(0, limit), end: events[limit - 1]!.place, more: true, snapshot };
  }
  const last = page!.rows.at(-1);
  const end = page!.more ? { ...placeOf(last!.key), index: LAST_INDEX } : present;
  return { events, end, more: page!.more, snapshot };
}

/** Packs the events of commits into rows. */
export class EventRows {
  readonly #packer = new RowPacker();

  add(number: CommitNumber, events: Iterable<ChainEvent>): void {
    let writer = new ByteWriter();
    let part = 0;
    for (const event of events) {
      writeEvent(event, writer);
      if (writer.length < ROW_BYTES) continue;
      this.#packer.add({ key: eventKey({ number, part, index: 0 }), value: writer.finish() });
      writer = new ByteWriter();
      part += 1;
    }
    if (writer.length > 0) this.#packer.add({ key: eventKey({ number, part, index: 0 }), value: writer.finish() });
  }

  /** The rows. The object must not be used afterwards. */
  finish(): PackedRows {
    return this.#packer.finish();
  }
}

/** Commit number (8), part (2). */
export function eventKey({ number, part }: EventPlace): Uint8Array {
  const key = new Uint8Array(COMMIT_NUMBER_LENGTH + PART_LENGTH);
  key.set(encodeCommitNumber(number));
  new DataView(key.buffer).setUint16(COMMIT_NUMBER_LENGTH, part);
  return key;
}

function placeOf(key: Uint8Array): Omit<EventPlace, 'index'> {
  const part = new DataView(key.buffer, key.byteOffset + COMMIT_NUMBER_LENGTH, PART_LENGTH).getUint16(0);
  return { number: decodeCommitNumber(key), part };
}
