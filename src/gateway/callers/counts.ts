import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { AccessStore, Count } from '../../access/access-store.ts';

/** How long a request waits for the counts that all gateways share, in milliseconds. */
const PATIENCE_MS = 500;
/** How long they are left alone when they did not come. */
const PAUSE_MS = 5_000;
const MAX_COUNTS = 100_000;

/**
 * What callers have spent, counted together with all other gateways; where the store does not answer, counted in this one alone,
 * since data that can be read is no reason to wait for numbers.
 */
export class Counts {
  readonly #access: Pick<AccessStore, 'count'>;
  readonly #log: Logger;
  readonly #own = new LRUCache<string, { points: number; until: number }>({ max: MAX_COUNTS });
  #pausedUntil = 0;

  constructor(access: Pick<AccessStore, 'count'>, log: Logger) {
    this.#access = access;
    this.#log = log;
  }

  async add(name: string, points: number, seconds: number): Promise<Count> {
    if (Date.now() < this.#pausedUntil) return this.#addHere(name, points, seconds);
    try {
      return await withinPatience(this.#access.count(name, points, seconds));
    } catch (error) {
      this.#pausedUntil = Date.now() + PAUSE_MS;
      this.#log.warn({ err: error }, 'Rate limits are not shared with other gateways while the store does not count');
      return this.#addHere(name, points, seconds);
    }
  }

  #addHere(name: string, points: number, seconds: number): Count {
    const now = Date.now();
    const key = `${name} ${seconds}`;
    const known = this.#own.get(key);
    const count = known !== undefined && known.until > now ? known : { points: 0, until: now + seconds * 1_000 };
    count.points += points;
    this.#own.set(key, count);
    return { points: count.points, msLeft: count.until - now };
  }
}

async function withinPatience<T>(counting: Promise<T>): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
  counting.catch(() => {});
  try {
    return await Promise.race([counting, promise]);
  } finally {
    clearTimeout(timer);
  }
}
