import type { Condition } from '../../api/conditions.ts';
import { announce, type Newsworthy } from './announce.ts';
import type { ConditionedObject } from './conditions.ts';
import type { ReconcileContext } from './reconciler.ts';

/** Where nothing has changed that is worth a write. */
export const NEVER_MS = Number.POSITIVE_INFINITY;

/** When the status of an object was written, and how it is written. Whoever watches the object receives each write. */
export class StatusWrites {
  readonly #news: Newsworthy;
  /** By the steady clock; null where this process has not written it. */
  #writtenAt: number | null = null;

  constructor(news: Newsworthy) {
    this.#news = news;
  }

  /**
   * For how long it is too early to write it, in milliseconds; 0 where it is due.
   * @param dueAfterMs how long after the last write it is due
   * @param byOthersMs how long ago it was written, where this process has not written it
   */
  earlyMs(dueAfterMs: number, now: number, byOthersMs = Number.POSITIVE_INFINITY): number {
    if (dueAfterMs === NEVER_MS) return NEVER_MS;
    const sinceMs = this.#writtenAt === null ? byOthersMs : now - this.#writtenAt;
    return Math.max(0, dueAfterMs - sinceMs);
  }

  /** Writes it, and announces what has changed in its conditions. */
  async write<Status extends { readonly conditions?: readonly Condition[] }>(
    object: ConditionedObject & { readonly status?: Status },
    status: Status,
    { cluster, events, steadyNow }: ReconcileContext,
  ): Promise<void> {
    await cluster.applyStatus({ ...object, status });
    this.#writtenAt = steadyNow();
    announce(events, object, status.conditions ?? [], this.#news);
  }
}
