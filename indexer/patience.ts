import { setTimeout as sleep } from 'node:timers/promises';
import { BitqlError, type ErrorCode } from '../src/errors.ts';
import { wrongAddress } from '../src/failures/network.ts';
import { Reminders } from './reminders.ts';

export interface PatienceOptions {
  /** The longest wait between two attempts, in milliseconds [half a minute]. */
  readonly longestWaitMs?: number;
  readonly log: { warn(message: string): void };
  readonly signal: AbortSignal;
}

/** One of several attempts at the same thing. */
export interface Attempt {
  /** An earlier one failed, and nothing has got on since. */
  readonly isInTrouble: boolean;
  /** Work got on: what fails from here on is told anew, and waited for shortly at first. */
  gotOn(): void;
}

const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 30_000;

/**
 * Tries until it works. Where waiting helps, it waits, longer each time, and says so, again each minute; any other
 * error ends it, and so does an address that will never do.
 * @returns null where the signal came first
 */
export async function withPatience<T>(
  work: (attempt: Attempt) => Promise<T>,
  { log, signal, longestWaitMs = LONGEST_WAIT_MS }: PatienceOptions,
): Promise<T | null> {
  let wait = FIRST_WAIT_MS;
  /** By code: messages of one trouble differ in what does not matter, such as the number of a connection. */
  const said = new Reminders<ErrorCode>();
  let hasGotOn = false;
  const attempt: Attempt = {
    get isInTrouble() {
      return said.hasTold;
    },
    gotOn() {
      wait = FIRST_WAIT_MS;
      said.clear();
      hasGotOn = true;
    },
  };
  while (!signal.aborted) {
    try {
      return await work(attempt);
    } catch (error) {
      if (!(error instanceof BitqlError) || !error.retryable) throw error;
      // What was under way is ended by a stop, and fails.
      if (signal.aborted) break;
      const wrong = wrongAddress(error);
      if (wrong !== null && !(wrong.mayPass && hasGotOn)) throw error;
      if (said.isDue(error.code)) log.warn(`${error.message} Trying again (${error.code}).`);
      await pause(wait, signal);
      wait = Math.min(2 * wait, longestWaitMs);
    }
  }
  return null;
}

/** What the promise gives, or null when the signal comes first: then nobody waits for it any more. */
export async function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | null> {
  const { promise: aborted, resolve } = Promise.withResolvers<null>();
  const stop = () => resolve(null);
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Comes a while after the signal of a stop, for what the node is asked: by then it has had time to answer. */
export function laterThan(signal: AbortSignal, ms: number): AbortSignal {
  const controller = new AbortController();
  const come = () => setTimeout(() => controller.abort(stopping()), ms).unref();
  if (signal.aborted) come();
  else signal.addEventListener('abort', come, { once: true });
  return controller.signal;
}

function stopping(): BitqlError {
  return new BitqlError('NODE_UNREACHABLE', 'No more calls are sent to the node: BitQL stops.');
}

/** Resolves after a while, or when the signal comes: then true. */
export async function pause(ms: number, signal: AbortSignal): Promise<boolean> {
  await sleep(ms, undefined, { signal }).catch(() => {});
  return signal.aborted;
}
