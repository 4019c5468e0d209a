import type { Logger } from 'pino';
import type { AccessStore, Grant, GrantRequest, Return } from '../../access/access-store.ts';
import { inTime } from '../../waiting.ts';

/** How long a request waits for the shared counts, in milliseconds. */
const TIMEOUT_MS = 500;
/** How long the first request waits for what is missing to be made, in milliseconds. */
const PREPARE_MS = 10_000;
/** How long they are not asked after a failure. */
const PAUSE_MS = 5_000;

/** Only tests whether the store counts: it depends on no caller. */
const PROBE: GrantRequest = { name: 'whether it counts', points: 1, limit: Number.MAX_SAFE_INTEGER, seconds: 1 };

/**
 * Grants points to callers for all gateways together. While the store cannot count, each gateway grants alone, since readable
 * data should not wait for counts: for all callers if the store is unavailable, else for the caller whose count failed.
 */
export class Counts {
  readonly #access: Pick<AccessStore, 'prepare' | 'grant' | 'takeBack'>;
  readonly #log: Logger;
  #pausedUntil = 0;
  #prepared: Promise<void> | null = null;
  #probing: Promise<void> | null = null;

  constructor(access: Pick<AccessStore, 'prepare' | 'grant' | 'takeBack'>, log: Logger) {
    this.#access = access;
    this.#log = log;
  }

  /** Null if the store cannot count. */
  async grant(ask: GrantRequest): Promise<Grant | null> {
    if (this.#isPaused) return null;
    try {
      await this.#prepare();
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

  /** One caller's count may fail for a reason of its own: the store is unavailable only if this one fails too. */
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

  /** Once, unless it fails. */
  #prepare(): Promise<void> {
    this.#prepared ??= inTime(this.#access.prepare(), PREPARE_MS, () => late(PREPARE_MS)).catch((error: unknown) => {
      this.#prepared = null;
      throw error;
    });
    return this.#prepared;
  }

  #inTime(ask: GrantRequest): Promise<Grant> {
    return inTime(this.#access.grant(ask), TIMEOUT_MS, () => late(TIMEOUT_MS));
  }
}

function late(ms: number): Error {
  return new Error(`no answer within ${ms} ms`);
}

/** A stretch of time as this gateway knows it. Points are returned to the stretch that they came from. */
export class GrantStretch {
  /** Its number for all gateways; null while the store cannot count. */
  id: number | null = null;
  /** When it ends, by `performance.now()`, which does not change with the system's clock. */
  endsAt = 0;
  /** What all gateways have granted in it, as far as this one knows. */
  total = 0;
  /** The part of it that this gateway granted alone and has not reported yet. */
  unreported = 0;

  get isOver(): boolean {
    return performance.now() >= this.endsAt;
  }
}

/** Points of a caller in successive stretches of time, granted by all gateways together. */
export class GrantStretches {
  readonly #name: string;
  readonly #seconds: number;
  readonly #counts: Counts;
  #current = new GrantStretch();

  constructor(name: string, seconds: number, counts: Counts) {
    this.#name = name;
    this.#seconds = seconds;
    this.#counts = counts;
  }

  get current(): GrantStretch {
    if (this.#current.isOver) this.#current = new GrantStretch();
    return this.#current;
  }

  /** Asks for points, one call after the other. @returns how many are granted, and in which stretch */
  async grant(asked: number, limit: number): Promise<{ points: number; stretch: GrantStretch }> {
    const { unreported } = this.current;
    const name = this.#name;
    const grant = await this.#counts.grant({ name, points: asked + unreported, limit, seconds: this.#seconds });
    if (grant === null) return this.#grantAlone(asked, limit);
    const stretch = this.#follow(grant);
    stretch.unreported = Math.max(0, unreported - grant.points);
    return { points: Math.max(0, grant.points - unreported), stretch };
  }

  /** Points of a stretch that is over are lost. */
  takeBack(points: number, stretch: GrantStretch): void {
    if (stretch !== this.#current || stretch.isOver) return;
    const reported = Math.max(0, points - stretch.unreported);
    stretch.unreported -= points - reported;
    stretch.total = Math.max(0, stretch.total - points);
    if (reported === 0 || stretch.id === null) return;
    this.#counts.takeBack({ name: this.#name, points: reported, seconds: this.#seconds, stretch: stretch.id });
  }

  /** The stretch of a grant: the current one, unless that is over for the store. */
  #follow({ stretch: id, total, msLeft }: Grant): GrantStretch {
    const { current } = this;
    const stretch = current.id === null || current.id === id ? current : new GrantStretch();
    stretch.id = id;
    stretch.endsAt = performance.now() + msLeft;
    stretch.total = total;
    this.#current = stretch;
    return stretch;
  }

  #grantAlone(asked: number, limit: number): { points: number; stretch: GrantStretch } {
    const stretch = this.current;
    if (stretch.isOver) stretch.endsAt = performance.now() + this.#seconds * 1_000;
    const points = Math.max(0, Math.min(asked, limit - stretch.total));
    stretch.total += points;
    stretch.unreported += points;
    return { points, stretch };
  }
}
