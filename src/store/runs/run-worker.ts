import { parentPort } from 'node:worker_threads';
import type { PackedRows } from '../store.ts';
import type { RunId } from './run.ts';
import { buildRun } from './run-builder.ts';
import { type MergePlan, RunMerge, type SourcePages } from './run-merge.ts';

/** What the thread is asked. The number of a merge is the asker's. */
export type ThreadQuestion =
  | { readonly call: 'build'; readonly id: RunId; readonly rows: PackedRows }
  | { readonly call: 'merge'; readonly number: number; readonly plan: MergePlan }
  | { readonly call: 'step'; readonly number: number; readonly given: readonly SourcePages[] }
  | { readonly call: 'end'; readonly number: number };

/** The answer to the question of a number. */
export interface ThreadAnswer {
  readonly number: number;
  readonly result?: unknown;
  readonly error?: Error;
}

const port = parentPort!;
const merges = new Map<number, RunMerge>();

function answerTo(question: ThreadQuestion): { readonly result: unknown; readonly moved: readonly PackedRows[] } {
  switch (question.call) {
    case 'build': {
      const { run, pages } = buildRun(question.id, question.rows);
      return { result: { run, pages, rows: question.rows }, moved: [pages, question.rows] };
    }
    case 'merge':
      merges.set(question.number, new RunMerge(question.plan));
      return { result: null, moved: [] };
    case 'step': {
      const step = merges.get(question.number)!.step(question.given);
      return { result: step, moved: [step.pages] };
    }
    case 'end':
      merges.delete(question.number);
      return { result: null, moved: [] };
  }
}

port.on('message', ({ number, question }: { number: number; question: ThreadQuestion }) => {
  try {
    const { result, moved } = answerTo(question);
    const memory = moved.flatMap(({ bytes, ends, order }) => [bytes.buffer, ends.buffer, order.buffer]);
    port.postMessage({ number, result } satisfies ThreadAnswer, memory);
  } catch (error) {
    port.postMessage({ number, error: error as Error } satisfies ThreadAnswer);
  }
});
