import { BitqlError, type ErrorCode } from '../src/errors.ts';
import { wrongAddress } from '../src/failures/network.ts';
import { pause } from '../src/waiting.ts';

export interface PatienceOptions {
  /** The longest pause between two attempts, in milliseconds [half a minute]. */
  readonly longestWaitMs?: number;
  readonly log: { warn(message: string): void };
  readonly signal: AbortSignal;
}

/** One of several attempts at the same thing. */
export interface Attempt {
  /** Whether an earlier attempt failed and nothing has succeeded since. */
  readonly isInTrouble: boolean;
  /** What the attempts report, until something succeeds. */
  readonly reminders: Reminders;
  /** Reports progress: a later failure is logged again, and the next pause is short. */
  progressed(): void;
}

const FIRST_WAIT_MS = 500;
export const LONGEST_WAIT_MS = 30_000;

/**
 * Repeats the work until it succeeds. After an error for which waiting helps, it pauses, longer each time, and logs the
 * error, again each minute. Any other error ends it, and so does an address that can never work.
 * @returns null if the signal came first
 */
export async function withPatience<T>(
  work: (attempt: Attempt) => Promise<T>,
  { log, signal, longestWaitMs = LONGEST_WAIT_MS }: PatienceOptions,
): Promise<T | null> {
  let wait = FIRST_WAIT_MS;
  /** By code, because messages of one problem differ in details, such as the number of a connection. */
  const failures = new Reminders<ErrorCode>();
  const reminders = new Reminders();
  let hasProgressed = false;
  const attempt: Attempt = {
    get isInTrouble() {
      return failures.hasReported;
    },
    reminders,
    progressed() {
      wait = FIRST_WAIT_MS;
      failures.clear();
      reminders.clear();
      hasProgressed = true;
    },
  };
  while (!signal.aborted) {
    try {
      return await work(attempt);
    } catch (error) {
      if (error === signal.reason) break;
      if (!(error instanceof BitqlError) || !error.retryable) throw error;
      // A stop aborts the current work, which then fails.
      if (signal.aborted) break;
      const wrong = wrongAddress(error);
      if (wrong !== null && !(wrong.mayPass && hasProgressed)) throw error;
      if (failures.isDue(error.code)) log.warn(`${error.message} Trying again (${error.code}).`);
      await pause(wait, signal);
      wait = Math.min(2 * wait, longestWaitMs);
    }
  }
  return null;
}

/** How often a lasting condition is reported again. */
const EVERY_MS = 60_000;

/** Decides when a lasting condition is reported: at once, and again each minute. */
export class Reminders<K = string> {
  readonly #reportedAt = new Map<K, number>();

  /**
   * Whether the condition should be reported now; then it counts as reported.
   * @param now of a steady clock, in milliseconds
   */
  isDue(what: K, now: number = performance.now()): boolean {
    const reportedAt = this.#reportedAt.get(what);
    if (reportedAt !== undefined && now - reportedAt < EVERY_MS) return false;
    this.#reportedAt.set(what, now);
    return true;
  }

  /** Whether anything was reported since the last `clear`. */
  get hasReported(): boolean {
    return this.#reportedAt.size > 0;
  }

  /** Forgets all conditions, because they are over. */
  clear(): void {
    this.#reportedAt.clear();
  }
}
