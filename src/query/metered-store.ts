import { ReadingStore } from '../store/reading-store.ts';
import type { JointReadOptions, LookUp, LookUpResult, ReadResult, ReadStore, StateRecord } from '../store/store.ts';
import type { Work } from './work.ts';

/* What reading costs, in points: about as many microseconds of processor, of gateway and store together. */
const POINTS_OF_KEY = 5;
const POINTS_OF_RANGE = 10;
const POINTS_OF_ROW = 1;
/** A row is taken apart, hashed and held against filters by its bytes. */
const BYTES_OF_POINT = 512;

/** What it costs to read one row by its key. */
export function pointsOfRow(bytes: number): number {
  return POINTS_OF_KEY + Math.floor(bytes / BYTES_OF_POINT);
}

/** A store whose reads are counted as work: keys and ranges before they are looked for, rows as they are found. */
export class MeteredStore extends ReadingStore {
  readonly #store: ReadStore;
  readonly #work: Work;

  constructor(store: ReadStore, work: Work) {
    super();
    this.#store = store;
    this.#work = work;
  }

  async read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult> {
    for (const { keys, ranges } of lookUps) {
      this.#work.add(keys.length * POINTS_OF_KEY + ranges.length * POINTS_OF_RANGE);
    }
    const findings = await this.#store.read(lookUps, { ...options, isPatient: this.#work.isPatient });
    for (const one of findings.found) this.#count(one);
    return findings;
  }

  readState(): Promise<StateRecord | null> {
    return this.#store.readState();
  }

  #count({ values, pages }: LookUpResult): void {
    let rows = 0;
    let bytes = 0;
    for (const value of values) bytes += value?.length ?? 0;
    for (const page of pages) {
      rows += page.rows.length;
      for (const { value } of page.rows) bytes += value.length;
    }
    this.#work.add(rows * POINTS_OF_ROW + Math.floor(bytes / BYTES_OF_POINT));
    this.#work.hold(bytes);
  }
}
