import {
  type JointReadOptions,
  type LookUp,
  type LookUpResult,
  ReadingStore,
  type ReadResult,
  type ReadStore,
  type StateRecord,
} from '../store/store.ts';

/** A row counts once more for each of these many bytes, so that a budget of rows also bounds memory. */
const BYTES_OF_ROW = 16 * 1024;

/** How many rows a request may still examine. It bounds the work of every query. */
export class Budget {
  /** How many there were at first. */
  readonly rows: number;
  #spent = 0;

  constructor(rows: number) {
    this.rows = rows;
  }

  get spent(): number {
    return this.#spent;
  }

  get exhausted(): boolean {
    return this.#spent >= this.rows;
  }

  /** Charges rows that were read, and the bytes of large ones. The last read may exceed the budget: its rows are used. */
  spend(rows: number, bytes = 0): void {
    this.#spent += rows + Math.floor(bytes / BYTES_OF_ROW);
  }
}

/** Counts the work for a request while it is done, so that its caller pays for it and other requests get their turn. */
export interface Work {
  /**
   * Counts work that is about to be done, or rows that were found, in points of the price.
   * @throws COST_EXCEEDED, RATE_LIMITED, TIMEOUT if no more work may be done
   */
  add(points: number): void;
  /** Counts memory that is kept until the request is answered, in bytes. @throws OVERLOADED */
  hold(bytes: number): void;
  /** Whether the reads of other requests may go first. */
  readonly isPatient: boolean;
  /**
   * To be called between pieces of work and awaited, so that long work lets others go first.
   * @returns null if the work may continue at once
   */
  goOn(): Promise<void> | null;
  /** Calls back when everything that can be done now is done, so that reads go to the store together. */
  whenDone(callBack: () => void): void;
}

/** Work that is not counted and never waits. */
export const FREE_WORK: Work = { add() {}, hold() {}, isPatient: false, goOn: () => null, whenDone: afterPromises };

/** A part of the work for a request, counted apart as well. */
export class CountedWork implements Work {
  readonly #whole: Work;
  #points = 0;

  constructor(whole: Work) {
    this.#whole = whole;
  }

  /** What was counted so far. */
  get points(): number {
    return this.#points;
  }

  get isPatient(): boolean {
    return this.#whole.isPatient;
  }

  add(points: number): void {
    this.#whole.add(points);
    this.#points += points;
  }

  hold(bytes: number): void {
    this.#whole.hold(bytes);
  }

  goOn(): Promise<void> | null {
    return this.#whole.goOn();
  }

  whenDone(callBack: () => void): void {
    this.#whole.whenDone(callBack);
  }
}

/** Calls back when the callbacks of all promises that are settled now have run. */
export function afterPromises(callBack: () => void): void {
  void Promise.resolve().then(() => process.nextTick(callBack));
}

/* The cost of reading in points: about the microseconds of processor time of gateway and store together. */
const POINTS_OF_KEY = 5;
const POINTS_OF_RANGE = 10;
const POINTS_OF_ROW = 1;
/** The cost of decoding, hashing and matching a row grows with its bytes. */
const BYTES_OF_POINT = 512;

/** The cost of reading one row by its key. */
export function pointsOfRow(bytes: number): number {
  return POINTS_OF_KEY + Math.floor(bytes / BYTES_OF_POINT);
}

/** A store that counts reads as work: keys and ranges before the read, rows after it. */
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
