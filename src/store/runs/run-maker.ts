import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BitqlError } from '../../errors.ts';
import type { PackedRows } from '../store.ts';
import type { Run, RunId } from './run.ts';
import { buildRun } from './run-builder.ts';
import { type MergePlan, type MergeStep, RunMerge, type SourcePages } from './run-merge.ts';
import type { ThreadAnswer, ThreadQuestion } from './run-worker.ts';

/** Below this number of rows, the way to another thread and back takes longer than the work. */
const FEW_ROWS = 2_000;

/** A run with the pages to write. */
export interface BuiltRun {
  readonly run: Run;
  readonly pages: PackedRows;
  /** The memory of the rows that it was made of, for reuse. */
  readonly rows: PackedRows;
}

/** A merge that is under way. */
export interface MergeSteps {
  step(given: readonly SourcePages[]): Promise<MergeStep>;
  /** Gives it up, or frees its memory after the last step. */
  end(): void;
}

/** Builds and merges runs: large ones in a thread, which starts with the first of them. */
export class RunMaker {
  #thread: RunThread | null = null;
  #merges = 0;

  async build(id: RunId, rows: PackedRows): Promise<BuiltRun> {
    if (rows.order.length < FEW_ROWS) return { ...buildRun(id, rows), rows };
    return (await this.#threads().ask({ call: 'build', id, rows }, memoryOf(rows))) as BuiltRun;
  }

  merge(plan: MergePlan): MergeSteps {
    if (plan.rows < FEW_ROWS) {
      const merge = new RunMerge(plan);
      return { step: async (given) => merge.step(given), end: () => {} };
    }
    const thread = this.#threads();
    const number = ++this.#merges;
    const begun = thread.ask({ call: 'merge', number, plan });
    // The first step reports a failure; without one, nobody has to know.
    begun.catch(() => {});
    return {
      async step(given) {
        await begun;
        const memory = given.map(({ bytes }) => bytes.buffer);
        return (await thread.ask({ call: 'step', number, given }, memory)) as MergeStep;
      },
      end: () => void thread.ask({ call: 'end', number }).catch(() => {}),
    };
  }

  async close(): Promise<void> {
    await this.#thread?.close();
  }

  #threads(): RunThread {
    if (this.#thread === null || this.#thread.isGone) this.#thread = new RunThread();
    return this.#thread;
  }
}

interface Waiting {
  resolve(answer: unknown): void;
  reject(error: Error): void;
}

/** The file of the worker is beside this one: TypeScript in a checkout, JavaScript in the package. */
const WORKER = new URL(`./run-worker${extname(import.meta.url)}`, import.meta.url);
/** Most objects are short-lived: a larger young generation would only hold more garbage. */
const LIMITS = { maxYoungGenerationSizeMb: 8 };

/** Asks the thread, and receives its answers. */
class RunThread {
  /** Options of the process, such as --input-type, are not for this file. */
  readonly #worker = new Worker(WORKER, { execArgv: [], resourceLimits: LIMITS });
  readonly #waiting = new Map<number, Waiting>();
  #last = 0;
  #hasAnswered = false;
  #failure: Error | null = null;

  constructor() {
    this.#worker.unref();
    this.#worker.on('message', (answer: ThreadAnswer) => this.#settle(answer));
    this.#worker.on('error', ({ message }: Error) => this.#die(message));
    this.#worker.on('exit', () => this.#die('it has ended'));
  }

  get isGone(): boolean {
    return this.#failure !== null;
  }

  ask(question: ThreadQuestion, moved: readonly ArrayBuffer[] = []): Promise<unknown> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const number = ++this.#last;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      this.#worker.ref();
      this.#worker.postMessage({ number, question }, moved);
    });
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }

  #settle({ number, result, error }: ThreadAnswer): void {
    this.#hasAnswered = true;
    const waiting = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (this.#waiting.size === 0) this.#worker.unref();
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(error);
  }

  /** The next work starts another one. That helps only if this one has worked before. */
  #die(reason: string): void {
    const message = `The thread that makes runs of postings failed: ${reason}.`;
    this.#failure ??= this.#hasAnswered ? new BitqlError('STORE_UNAVAILABLE', message) : new Error(message);
    for (const { reject } of this.#waiting.values()) reject(this.#failure);
    this.#waiting.clear();
  }
}

function memoryOf({ bytes, ends, order }: PackedRows): ArrayBuffer[] {
  return [bytes.buffer, ends.buffer, order.buffer];
}
