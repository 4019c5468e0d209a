import { parentPort } from 'node:worker_threads';
import { OPENED, type Reply, type Request, type SqliteFailure } from './calls.ts';
import { SQLITE_CORRUPT } from './tables.ts';

/** One function for each call. `moved` is transferred to the other thread without a copy. */
export type Handlers<C> = {
  [N in keyof C]: (args: ArgsOf<C[N]>) => { result: ResultOf<C[N]>; moved?: ArrayBuffer[] };
};

type ArgsOf<T> = T extends { args: infer A } ? A : never;
type ResultOf<T> = T extends { result: infer R } ? R : never;

const port = parentPort!;

/** Opens the file of the thread and reports the outcome; then handles requests. */
export function answerCalls<T>(open: () => T, onRequest: (opened: T) => (request: Request) => void): void {
  answer(OPENED, () => {
    port.on('message', onRequest(open()));
    return { result: null };
  });
}

export function answerWith<C>(handlers: Handlers<C>, { id, call, args }: Request): void {
  const handler = handlers[call as keyof C] as (args: unknown) => { result: unknown; moved?: ArrayBuffer[] };
  answer(id, () => handler(args));
}

function answer(id: number, run: () => { result: unknown; moved?: ArrayBuffer[] }): void {
  try {
    const { result, moved } = run();
    port.postMessage({ id, result } satisfies Reply, moved ?? []);
  } catch (error) {
    port.postMessage({ id, error: describe(error) } satisfies Reply);
  }
}

function describe(error: unknown): SqliteFailure {
  const { message, errcode, code } = error as { message: string; errcode?: number; code?: string };
  // Thrown for a whole number larger than any that is written.
  return { message, sqliteCode: code === 'ERR_OUT_OF_RANGE' ? SQLITE_CORRUPT : errcode };
}
