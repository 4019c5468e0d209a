import type { Logger } from 'pino';
import type { AccessStore, Grant, GrantRequest, Return } from '../../access/access-store.ts';
import { inTime } from '../../waiting.ts';

/** How long a request waits for the counts that all gateways share, in milliseconds. */
const TIMEOUT_MS = 500;
/** How long they are left alone when they did not come. */
const PAUSE_MS = 5_000;

/** What only tells whether the store counts: nothing of it is up to any caller. */
const PROBE: GrantRequest = { name: 'whether it counts', points: 1, limit: Number.MAX_SAFE_INTEGER, seconds: 1 };

/**
 * What callers are granted by all gateways together. Where the store does not count, each gateway grants alone, since data that
 * can be read is no reason to wait for numbers: for everybody where it is away, else for that caller whose count failed.
 */
export class Counts {
  readonly #access: Pick<AccessStore, 'grant' | 'takeBack'>;
  readonly #log: Logger;
  #pausedUntil = 0;
  #probing: Promise<void> | null = null;

  constructor(access: Pick<AccessStore, 'grant' | 'takeBack'>, log: Logger) {
    this.#access = access;
    this.#log = log;
  }

  /** Null where the store does not count. */
  async grant(ask: GrantRequest): Promise<Grant | null> {
    if (this.#isPaused) return null;
    try {
      return await this.#inTime(ask);
    } catch (error) {
      this.#log.debug(
        { err: error },
        'The points that a caller spent could not be counted together with other gateways',
      );
      this.#probing ??= this.#probe();
      return null;
    }
  }

  takeBack(points: Return): void {
    if (this.#isPaused) return;
    this.#access.takeBack(points).catch((error: unknown) => {
      this.#log.debug({ err: error }, 'Unspent points could not be returned to a caller');
    });
  }

  get #isPaused(): boolean {
    return performance.now() < this.#pausedUntil;
  }

  /** One caller's count may fail for a reason of its own: only where this one does too, the store is away. */
  async #probe(): Promise<void> {
    try {
      await this.#inTime(PROBE);
    } catch (error) {
      this.#pausedUntil = performance.now() + PAUSE_MS;
      this.#log.warn({ err: error }, 'Rate limits are not shared with other gateways while the store does not count');
    } finally {
      this.#probing = null;
    }
  }

  #inTime(ask: GrantRequest): Promise<Grant> {
    return inTime(this.#access.grant(ask), TIMEOUT_MS, () => new Error(`no answer within ${TIMEOUT_MS} ms`));
  }
}
