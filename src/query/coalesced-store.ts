import { mapKey } from '../chain/bytes.ts';
import { errorCode } from '../errors.ts';
import type {
  JointReadOptions,
  KeyRange,
  LookUp,
  Page,
  ReadOptions,
  ReadResult,
  ReadStore,
  ScanOptions,
  StateRecord,
  Table,
} from '../store/store.ts';
import type { TimeLimit } from '../waiting.ts';
import { type AskedLookUp, type AskedPage, type AskedRow, lookUpsOf, type Waiter } from './asked-reads.ts';
import { FREE_WORK, MeteredStore, type Work } from './work.ts';

/** One store call has at most this many keys or ranges. */
const MAX_BATCH = 500;

type AskedState = Waiter<StateRecord | null>;

/**
 * A store for the duration of one request. All reads of the same tick go to the store together, whatever their table,
 * and each row is read once. So callers can ask for each item of a list separately.
 */
export class CoalescedStore implements ReadStore {
  readonly #store: ReadStore;
  readonly #timeLimit: TimeLimit | undefined;
  readonly #work: Work;
  /** Rejects when the signal is aborted. */
  readonly #aborted: Promise<never> | null;
  readonly #rows = new Map<string, Promise<Uint8Array | null>>();
  readonly #pages = new Map<string, Promise<Page>>();
  readonly #states = new Map<string, Promise<StateRecord | null>>();
  #askedRows: AskedRow[] = [];
  #askedPages: AskedPage[] = [];
  #askedState: AskedState | null = null;
  #isScheduled = false;

  /**
   * @param timeLimit its signal ends the wait for what is under way, and refuses what is asked for later [no limit]
   * @param work counts the reads
   */
  constructor(store: ReadStore, timeLimit?: TimeLimit, work: Work = FREE_WORK) {
    this.#store = new MeteredStore(store, work);
    this.#timeLimit = timeLimit;
    this.#work = work;
    this.#aborted = timeLimit === undefined ? null : abortOf(timeLimit.signal);
  }

  async read(lookUps: readonly LookUp[], { withState = false }: JointReadOptions = {}): Promise<ReadResult> {
    const reads = lookUps.map(async ({ table, keys, ranges, ...options }) => {
      const [values, pages] = await Promise.all([this.get(table, keys), this.scan(table, ranges, options)]);
      return { values, pages };
    });
    const [found, state] = await Promise.all([Promise.all(reads), withState ? this.readState() : null]);
    return { found, state };
  }

  async get(table: Table, keys: readonly Uint8Array[]): Promise<(Uint8Array | null)[]> {
    return Promise.all(
      keys.map((key) =>
        once(this.#rows, `${table} ${mapKey(key)}`, (waiting) => {
          this.#askedRows.push({ table, key, ...waiting });
          this.#schedule();
        }),
      ),
    );
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    const { limit, reverse = false, isSparse = false } = options;
    return Promise.all(
      ranges.map((range) =>
        once(this.#pages, `${table} ${limit} ${reverse} ${rangeName(range)}`, (waiting) => {
          this.#askedPages.push({ table, range, limit, reverse, isSparse, ...waiting });
          this.#schedule();
        }),
      ),
    );
  }

  /** The state as it is after all other reads of the same tick. */
  readState(): Promise<StateRecord | null> {
    return once(this.#states, 'state', (waiting) => {
      this.#askedState = waiting;
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#work.whenDone(() => {
      this.#isScheduled = false;
      void this.#readAsked();
    });
  }

  /** Reads in the order of the look-ups, so each batch waits for the previous one. */
  async #readAsked(): Promise<void> {
    const [rows, pages, state] = [this.#askedRows, this.#askedPages, this.#askedState];
    this.#askedRows = [];
    this.#askedPages = [];
    this.#askedState = null;
    // Later requests must get a newer state.
    this.#states.clear();
    const batches = batchesOf(lookUpsOf(rows, pages, MAX_BATCH));
    const last = batches.pop();
    for (const batch of batches) await this.#readBatch(batch, null);
    if (last !== undefined) await this.#readBatch(last, state);
    else if (state !== null) this.#inTime(() => this.#store.readState()).then(state.resolve, state.reject);
  }

  async #readBatch(batch: readonly AskedLookUp[], state: AskedState | null): Promise<void> {
    try {
      const lookUps = batch.map(({ lookUp }) => lookUp);
      const options = { ...this.#options, withState: state !== null };
      const findings = await this.#inTime(() => this.#store.read(lookUps, options));
      const unread = batch.flatMap((asked, i) => asked.settle(findings.found[i]!));
      if (unread.length === 0) return state?.resolve(findings.state);
      this.#askedPages.push(...unread);
      this.#schedule();
      if (state !== null) this.#readStateLater(state);
    } catch (error) {
      const parts = errorCode(error) === 'STORE_DAMAGED' ? partsOf(batch) : [];
      if (parts.length > 0) await this.#readEach(parts, state);
      else for (const { reject } of state === null ? batch : [...batch, state]) reject(error);
    }
  }

  /** Reads each part separately, so that only damaged ones fail. */
  async #readEach(parts: readonly AskedLookUp[], state: AskedState | null): Promise<void> {
    for (const part of parts) await this.#readBatch([part], null);
    if (state !== null) this.#readStateLater(state);
  }

  /** Reads the state after the reads that are still to be made. */
  #readStateLater({ resolve, reject }: AskedState): void {
    this.readState().then(resolve, reject);
  }

  async #inTime<T>(read: () => Promise<T>): Promise<T> {
    this.#timeLimit?.signal.throwIfAborted();
    return this.#aborted === null ? read() : Promise.race([read(), this.#aborted]);
  }

  get #options(): ReadOptions {
    return { signal: this.#timeLimit?.signal, timeoutMs: this.#timeLimit?.msLeft };
  }
}

/** A key for a range. It includes the length of `min`, because the same bytes could be divided differently. */
export function rangeName({ min, max }: KeyRange): string {
  return `${min.length} ${mapKey(min)}${mapKey(max)}`;
}

/** The earlier request with this name, unless it has failed; else a new one. */
function once<T>(
  known: Map<string, Promise<T>>,
  name: string,
  ask: (waiting: Pick<PromiseWithResolvers<T>, 'resolve' | 'reject'>) => void,
): Promise<T> {
  const found = known.get(name);
  if (found !== undefined) return found;
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  known.set(name, promise);
  const fail = (error: unknown) => {
    known.delete(name);
    reject(error);
  };
  ask({ resolve, reject: fail });
  return promise;
}

/** Groups look-ups that go to the store together. */
function batchesOf(lookUps: readonly AskedLookUp[]): AskedLookUp[][] {
  const batches: AskedLookUp[][] = [];
  let size = Number.POSITIVE_INFINITY;
  for (const asked of lookUps) {
    const { keys, ranges } = asked.lookUp;
    size += keys.length + ranges.length;
    if (size > MAX_BATCH) {
      batches.push([]);
      size = keys.length + ranges.length;
    }
    batches.at(-1)!.push(asked);
  }
  return batches;
}

/** Parts of a batch that can be read separately; none if there is only one request. */
function partsOf(batch: readonly AskedLookUp[]): readonly AskedLookUp[] {
  return batch.length > 1 ? batch : batch[0]!.halves();
}

function abortOf(signal: AbortSignal): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  // There may be no read that waits for it.
  promise.catch(() => {});
  signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  return promise;
}
