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
/** Behind all events of a row. */
const LAST_INDEX = 0xffff_ffff;
/** Rows that are read at once. */
const PAGE = 256;

/** Where an event stands in the log: in the row of a commit number and part, the so-manieth. */
export interface EventPlace {
  readonly number: CommitNumber;
  readonly part: number;
  readonly index: number;
}

export interface LoggedEvent<E extends ChainEvent = ChainEvent> {
  readonly place: EventPlace;
  readonly event: E;
}

/** Some of the log: what follows it is behind `end`. */
export interface EventPage {
  readonly events: readonly LoggedEvent[];
  /** The last place that was looked at: to go on from there. */
  readonly end: EventPlace;
  /** Whether there is more by now. */
  readonly more: boolean;
  /** What was to be seen when they were read: all of them have happened in it. */
  readonly snapshot: Snapshot;
}

/** The place behind which the log goes on with the next commit. */
export function endOf(number: CommitNumber): EventPlace {
  return { number, part: LAST_PART, index: LAST_INDEX };
}

/** Negative if `a` comes first. */
export function compareEventPlaces(a: EventPlace, b: EventPlace): number {
  return compareCommitNumbers(a.number, b.number) || a.part - b.part || a.index - b.index;
}

/**
 * What there is to be seen now, and events of it can be read.
 * @throws NOT_SYNCED where there is no log yet
 */
export async function openLog(store: Pick<ReadStore, 'readState'>): Promise<Snapshot> {
  const record = await store.readState();
  const state = record === null ? null : decodeState(record.value);
  if (state === null || state.logStart === null) {
    throw new BitqlError('NOT_SYNCED', 'The indexer has not reached its node yet: events start when it has.');
  }
  return Snapshot.latest(state);
}

/** @throws EVENTS_EXPIRED where the log no longer reaches back to a place */
export function requireKept(after: EventPlace, { state: { logStart } }: Snapshot): void {
  if (logStart !== null && compareEventPlaces(after, endOf(logStart)) >= 0) return;
  throw new BitqlError(
    'EVENTS_EXPIRED',
    'The events after the cursor are no longer stored: query the present state, and subscribe from there.',
  );
}

/**
 * The events behind a place, in the order in which they happened: the same for every reader, whenever it asks.
 * @throws EVENTS_EXPIRED where the log no longer reaches back to there, NOT_SYNCED where there is no log yet
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
    // A writer that was cut off leaves rows of commits that never happened.
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

/** Packs events into rows, all of one commit number. */
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

  /** Not to be used again. */
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
