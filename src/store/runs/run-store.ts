import { equalBytes, mapKey } from '../../chain/bytes.ts';
import { rowsOf } from '../packed-rows.ts';
import { decodeState } from '../state.ts';
import {
  type Batch,
  type ChainStore,
  type JointReadOptions,
  type LookUp,
  type PackedRows,
  ReadingStore,
  type ReadResult,
  type RowStore,
  type SettleOptions,
  type StateRecord,
  type Table,
} from '../store.ts';
import { damageOf } from './damage.ts';
import { DroppedRuns } from './dropped-runs.ts';
import { isOfPostings, JointRead, RunGoneError } from './joint-read.ts';
import { Merging } from './merging.ts';
import { unpackPage } from './page.ts';
import { PageCache } from './page-cache.ts';
import { type DamagedRun, isFilter, isOfRows, type Run, runName, runPageIn } from './run.ts';
import { type NamedRuns, RunList } from './run-list.ts';
import { RunMaker } from './run-maker.ts';

/** Removed postings are dropped from their runs when there are this many. */
const MOST_LEFT_OUT = 50_000;

export interface RunStoreOptions {
  /** How long nothing was written before it tidies up, in milliseconds [2,000]. */
  readonly quietMs?: number | undefined;
  /** How long pages are kept that merges have replaced, in milliseconds [500]. */
  readonly keptMs?: number | undefined;
  /** The fewest rows of a run with which a merge may stop, before it goes on with another one [250,000]. */
  readonly partRows?: number | undefined;
}

/**
 * Keeps postings as runs in a database of rows. A batch of postings becomes a run: sorted, in compressed pages that never change. The state names the runs
 * that count, so one change of it makes postings, blocks and all else visible together. Runs are merged in the
 * background, and look-ups pass over runs that do not have their keys.
 */
export class RunStore extends ReadingStore implements ChainStore {
  readonly #rows: RowStore;
  readonly #list = new RunList();
  readonly #cache = new PageCache();
  readonly #maker = new RunMaker();
  readonly #merging: Merging;
  readonly #dropped: DroppedRuns;
  /** The keys of postings that were removed from runs which still hold them. */
  readonly #leftOut = new Map<string, Set<string>>();

  /** @param rows has all other tables */
  constructor(rows: RowStore, { quietMs, keptMs, partRows }: RunStoreOptions = {}) {
    super();
    this.#rows = rows;
    this.#merging = new Merging({ rows, list: this.#list, maker: this.#maker, quietMs, partRows });
    this.#dropped = new DroppedRuns(rows, keptMs);
  }

  async read(lookUps: readonly LookUp[], options: JointReadOptions = {}): Promise<ReadResult> {
    const hasPostings = lookUps.some(isOfPostings);
    if (!hasPostings) {
      const result = await this.#rows.read(lookUps, options);
      this.#observe(result.state);
      return result;
    }
    if (this.#list.revision === 0) await this.readState();
    return this.#readWithPostings(lookUps, options);
  }

  /** Begins again if a run that it reads was merged, or if the state that it returns names others. */
  async #readWithPostings(lookUps: readonly LookUp[], options: JointReadOptions): Promise<ReadResult> {
    const isNamed = async (run: Run) => {
      await this.readState();
      return this.#list.has(run);
    };
    const read = new JointRead({ rows: this.#rows, cache: this.#cache, isNamed }, options);
    for (;;) {
      const { runs } = this.#list;
      try {
        const found = await read.run(lookUps, { runs, leftOut: this.#leftOut });
        this.#observe(read.state);
        if (read.state === null || this.#list.runs === runs) return { found, state: read.state };
      } catch (error) {
        if (!(error instanceof RunGoneError)) throw error;
      }
    }
  }

  async write(batch: Batch): Promise<Batch> {
    const postings = batch.get('postings');
    if (postings === undefined) return this.#rows.write(batch);
    if (postings.order.length === 0) {
      return new Map([...(await this.#rows.write(new Map(othersIn(batch)))), ['postings', postings]]);
    }
    await this.#merging.room();
    const { run, pages, rows } = await this.#maker.build(this.#list.nextId(), postings);
    this.#remember(pages);
    const written = await this.#rows.write(new Map([...othersIn(batch), ['runPages', pages]]));
    this.#list.add(run);
    this.#merging.notice();
    return new Map([...written, ['postings', rows] as const].filter(([table]) => table !== 'runPages'));
  }

  async replace(batch: Batch): Promise<void> {
    const others = new Map(othersIn(batch));
    if (others.size > 0) await this.#rows.replace(others);
    const postings = batch.get('postings');
    if (postings === undefined) return;
    await this.#leaveOut(rowsOf(postings).map(({ key }) => key));
    await this.write(new Map([['postings', postings]]));
  }

  async remove(table: Table, keys: readonly Uint8Array[]): Promise<void> {
    if (table === 'postings') await this.#leaveOut(keys);
    else await this.#rows.remove(table, keys);
  }

  async readState(): Promise<StateRecord | null> {
    const record = await this.#rows.readState();
    this.#observe(record);
    return record;
  }

  async compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    const record = { revision: expectedRevision + 1, value };
    const isSet = await this.#rows.compareAndSetState(expectedRevision, value);
    // The driver repeats a change whose acknowledgement was lost, and it is refused then.
    if (!isSet && !(await this.#isState(record))) return false;
    const named = namedIn(record);
    if (named !== null && this.#list.own(named.epoch)) {
      this.#dropped.sweep(this.#list.firstEpoch, (run) => this.#list.firstNeeded(run));
    }
    this.#observe(record);
    return true;
  }

  now(): Promise<number> {
    return this.#rows.now();
  }

  naming(runs: readonly Run[]): readonly Run[] {
    return this.#list.naming(runs);
  }

  async settle(options: SettleOptions = {}): Promise<void> {
    await this.#dropLeftOut();
    await this.#merging.settle(options);
  }

  async damagedRuns(signal: AbortSignal): Promise<DamagedRun[]> {
    const seen = new Set<string>();
    /** What is left of such a run after a merge is sound as well. */
    const sound = new Set<string>();
    const damaged: DamagedRun[] = [];
    for (;;) {
      await this.readState();
      const run = this.#list.runs.find((one) => !sound.has(runName(one)) && !seen.has(versionOf(one)));
      // A run without pages may only have been merged since: then the run in its place is looked at.
      if (run === undefined) return damaged.filter((found) => this.#list.has(found.run));
      seen.add(versionOf(run));
      const found = await damageOf(this.#rows, run, signal);
      if (found === null) {
        sound.add(runName(run));
        continue;
      }
      damaged.push(found);
      this.#forget(found);
    }
  }

  async mendRuns(damaged: readonly DamagedRun[]): Promise<void> {
    await this.#merging.hold();
    for (const { run } of damaged) {
      const now = this.#list.find(run);
      if (now !== null) await this.#rewrite(now, () => {});
    }
  }

  async close(): Promise<void> {
    await this.#merging.close();
    await this.#dropped.close();
    await this.#maker.close();
    await this.#rows.close();
  }

  async #isState({ revision, value }: StateRecord): Promise<boolean> {
    const record = await this.#rows.readState();
    return record?.revision === revision && equalBytes(record.value, value);
  }

  #observe(record: StateRecord | null): void {
    if (record === null || record.revision <= this.#list.revision) return;
    const named = namedIn(record);
    if (named === null) return;
    const passed = this.#list.observe(named);
    for (const { before, rest } of passed) if (rest === null) this.#leftOut.delete(runName(before));
    if (this.#list.isOfOther) this.#leftOut.clear();
    this.#dropped.drop(passed);
  }

  /** What leads to new postings stays in memory, since the writer looks many of them up again soon. */
  #remember(pages: PackedRows): void {
    for (const { key, value } of rowsOf(pages)) {
      const { page, ...run } = runPageIn(key);
      if (!isOfRows(page)) this.#cache.put(runName(run), page, isFilter(page) ? value.slice() : unpackPage(value));
    }
  }

  /** What is lost must not seem to be there. */
  #forget({ run, pages }: DamagedRun): void {
    for (const key of pages) this.#cache.forget(runName(run), runPageIn(key).page);
  }

  /** Notes for each run which of these keys it has. */
  async #leaveOut(keys: readonly Uint8Array[]): Promise<void> {
    if (this.#list.revision === 0) await this.readState();
    await this.#merging.hold();
    const lookUp: LookUp = { table: 'postings', keys, ranges: [], limit: 0, reverse: false };
    let count = 0;
    for (const run of this.#list.runs) {
      const read = new JointRead(
        { rows: this.#rows, cache: this.#cache, isNamed: async () => true },
        { onDamage: () => {} },
      );
      const [found] = await read.run([lookUp], { runs: [run], leftOut: this.#leftOut });
      const held = keys.filter((_, i) => found!.values[i] !== null);
      const leftOut = this.#leftOut.get(runName(run)) ?? new Set();
      for (const key of held) leftOut.add(mapKey(key));
      if (leftOut.size > 0) this.#leftOut.set(runName(run), leftOut);
      count += leftOut.size;
    }
    if (count > MOST_LEFT_OUT) await this.#dropLeftOut();
  }

  async #dropLeftOut(): Promise<void> {
    for (const run of this.#list.runs) {
      if (this.#leftOut.has(runName(run))) await this.#rewrite(run);
    }
  }

  async #rewrite(run: Run, onDamage?: () => void): Promise<void> {
    await this.#merging.rewrite(run, this.#leftOut, onDamage);
    this.#leftOut.delete(runName(run));
  }
}

/** A run, and how much of it counts. */
function versionOf(run: Run): string {
  return `${runName(run)}/${run.firstPage}`;
}

function othersIn(batch: Batch): (readonly [Table, PackedRows])[] {
  return [...batch].filter(([table]) => table !== 'postings');
}

/** Null for a record that cannot be read: whoever asked for it reports that. */
function namedIn({ revision, value }: StateRecord): NamedRuns | null {
  try {
    const { epoch, runs } = decodeState(value);
    return { revision, epoch, runs };
  } catch {
    return null;
  }
}
