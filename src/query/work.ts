import {
  type JointReadOptions,
  type LookUp,
  type LookUpResult,
  ReadingStore,
  type ReadResult,
  type ReadStore,
  type StateRecord,
} from '../store/store.ts';

/** A row counts once more for each of these bytes, so that a budget of rows bounds memory too. */
const BYTES_OF_ROW = 16 * 1024;

/** How many rows a request may still examine: what keeps any query from becoming unbounded work. */
export class Budget {
  #left: number;

  constructor(rows: number) {
    this.#left = rows;
  }

  get exhausted(): boolean {
    return this.#left <= 0;
  }

  /** Charges rows that were read, and the bytes of large ones. The last read may go beyond: what was read is used. */
  spend(rows: number, bytes = 0): void {
    this.#left -= rows + Math.floor(bytes / BYTES_OF_ROW);
  }
}

/** What is done for a request, as it is done: what its caller pays, and when others have their turn. */
export interface Work {
  /**
   * Counts what is about to be done, or was found, in points of the price.
   * @throws COST_EXCEEDED, RATE_LIMITED, TIMEOUT where no more is to be done
   */
  add(points: number): void;
  /** Counts memory that is kept until the request is answered, in bytes. @throws OVERLOADED */
  hold(bytes: number): void;
  /** Whether others may go first where something is to be read. */
  readonly isPatient: boolean;
  /**
   * To be asked between pieces of work, and waited for: what goes on for long lets others go first.
   * @returns null where it may go on at once
   */
  goOn(): Promise<void> | null;
  /** Calls back once all is done that can be done now, so that what is to be read goes to the store together. */
  whenDone(callBack: () => void): void;
}

/** For whoever pays nothing and holds up nobody. */
export const FREE_WORK: Work = { add() {}, hold() {}, isPatient: false, goOn: () => null, whenDone: afterPromises };

/** Once all promises that are settled now have been seen to. */
export function afterPromises(callBack: () => void): void {
  void Promise.resolve().then(() => process.nextTick(callBack));
}

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
