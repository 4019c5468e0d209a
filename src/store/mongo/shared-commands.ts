import { mapKey } from '../../chain/bytes.ts';
import { unlessAborted } from '../../waiting.ts';
import type { JointReadOptions, LookUp, LookUpResult, ReadResult, Table } from '../store.ts';

/** Small reads under way at the same time. What is asked for meanwhile waits for one of them, and goes together. */
const MOST_UNDER_WAY = 2;
/** A read with more keys, or more rows of ranges, goes by itself, so that none waits for the work of another. */
const MOST_KEYS = 32;
const MOST_ROWS = 256;
/** The most reads that go together, and the most of their keys, so that a command stays short and its answer small. */
const MOST_TOGETHER = 32;
const MOST_KEYS_TOGETHER = 128;

/** The tables whose rows never change, so that it does not matter whether they are read before or after those of others. */
const UNCHANGING: ReadonlySet<Table> = new Set(['blocks', 'totals', 'pages', 'transactionPages', 'runPages']);

type ReadNow = (lookUps: readonly LookUp[], options: JointReadOptions) => Promise<ReadResult>;

interface AskedRead extends PromiseWithResolvers<ReadResult> {
  readonly lookUps: readonly LookUp[];
  readonly options: JointReadOptions;
}

/**
 * Makes one command of the small reads of several requests. A command costs the driver and the server more than what it looks up, so a
 * busy gateway answers more requests, and one that is not busy answers as before.
 */
export class SharedCommands {
  readonly #readNow: ReadNow;
  #waiting: AskedRead[] = [];
  #underWay = 0;

  constructor(readNow: ReadNow) {
    this.#readNow = readNow;
  }

  read(lookUps: readonly LookUp[], options: JointReadOptions): Promise<ReadResult> {
    if (!isSmall(lookUps)) return this.#readNow(lookUps, options);
    const asked = { lookUps, options, ...Promise.withResolvers<ReadResult>() };
    this.#waiting.push(asked);
    this.#startNext();
    return unlessAborted(options.signal, asked.promise);
  }

  #startNext(): void {
    if (this.#waiting.length === 0 || this.#underWay === MOST_UNDER_WAY) return;
    const together = this.#waiting.splice(0, countTogether(this.#waiting));
    this.#underWay += 1;
    void this.#readTogether(together).finally(() => {
      this.#underWay -= 1;
      this.#startNext();
    });
  }

  async #readTogether(together: readonly AskedRead[]): Promise<void> {
    const wanted = together.filter(isStillWanted);
    const joint = jointOf(wanted.map(({ lookUps }) => lookUps));
    try {
      const { found, state } = wanted.length === 0 ? NOTHING : await this.#readNow(joint.lookUps, optionsOf(wanted));
      for (const [i, results] of joint.resultsIn(found).entries()) {
        const { resolve, options } = wanted[i]!;
        resolve({ found: results, state: options.withState === true ? state : null });
      }
    } catch (error) {
      for (const { reject } of wanted) reject(error);
    }
  }
}

const NOTHING: ReadResult = { found: [], state: null };

/** Pieces of large transactions have megabytes each. */
function isSmall(lookUps: readonly LookUp[]): boolean {
  const rows = lookUps.reduce((sum, { ranges, limit }) => sum + ranges.length * limit, 0);
  return keyCount(lookUps) <= MOST_KEYS && rows <= MOST_ROWS && lookUps.every(({ table }) => table !== 'payloads');
}

function keyCount(lookUps: readonly LookUp[]): number {
  return lookUps.reduce((sum, { keys }) => sum + keys.length, 0);
}

/** How many of the reads that wait, of which there are some, go together. */
function countTogether(waiting: readonly AskedRead[]): number {
  let [count, keys] = [0, 0];
  for (const { lookUps } of waiting.slice(0, MOST_TOGETHER)) {
    keys += keyCount(lookUps);
    if (keys > MOST_KEYS_TOGETHER) break;
    count += 1;
  }
  return count;
}

function isStillWanted({ options: { signal }, reject }: AskedRead): boolean {
  if (signal?.aborted !== true) return true;
  reject(signal.reason);
  return false;
}

/** Those of one read; several have the longest time of any, and none ends them for the others. */
function optionsOf(reads: readonly AskedRead[]): JointReadOptions {
  if (reads.length === 1) return reads[0]!.options;
  const times = reads.map(({ options }) => options.timeoutMs);
  const timeoutMs = times.includes(undefined) ? undefined : Math.max(...(times as number[]));
  return { timeoutMs, withState: reads.some(({ options }) => options.withState) };
}

/** The look-ups of several reads as those of one. */
interface Joint {
  readonly lookUps: readonly LookUp[];
  /** What was found for each of the reads. */
  resultsIn(found: readonly LookUpResult[]): LookUpResult[][];
}

/** Where the result of a look-up is: at a place of its own, or the values of its keys among those of a table. */
type ResultPlace = number | { readonly table: Table; readonly keys: readonly Uint8Array[] };

/** Keys of the same table are looked up together, each once, after all else. */
function jointOf(reads: readonly (readonly LookUp[])[]): Joint {
  const lookUps: LookUp[] = [];
  const keysOf = new Map<Table, Map<string, Uint8Array>>();
  const placeOf = (lookUp: LookUp): ResultPlace => {
    const { table, keys, ranges } = lookUp;
    if (ranges.length > 0 || !UNCHANGING.has(table)) return lookUps.push(lookUp) - 1;
    const known = keysOf.get(table) ?? new Map<string, Uint8Array>();
    keysOf.set(table, known);
    for (const key of keys) known.set(mapKey(key), key);
    return { table, keys };
  };
  const places = reads.map((read) => read.map(placeOf));
  const own = lookUps.length;
  for (const [table, keys] of keysOf) {
    lookUps.push({ table, keys: [...keys.values()], ranges: [], limit: 0, reverse: false });
  }
  return {
    lookUps,
    resultsIn(found) {
      const valuesOf = new Map(
        [...keysOf].map(([table, keys], i) => [table, valuesBy(keys, found[own + i]!)] as const),
      );
      const resultOf = (place: ResultPlace): LookUpResult => {
        if (typeof place === 'number') return found[place]!;
        const values = valuesOf.get(place.table)!;
        return { values: place.keys.map((key) => values.get(mapKey(key)) ?? null), pages: [] };
      };
      return places.map((read) => read.map(resultOf));
    },
  };
}

function valuesBy(keys: ReadonlyMap<string, Uint8Array>, { values }: LookUpResult): Map<string, Uint8Array | null> {
  return new Map([...keys.keys()].map((name, i) => [name, values[i]!]));
}
