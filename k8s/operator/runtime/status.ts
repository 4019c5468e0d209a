import type { Condition, ConditionStatus, Finding } from '../../api/conditions.ts';
import type { EventRecorder } from './event-recorder.ts';
import type { ReconcileContext } from './reconciler.ts';
import type { ApiObject } from './resource.ts';

/** An object whose status has conditions. */
interface ConditionedObject extends ApiObject {
  readonly status?: { readonly conditions?: readonly Condition[] };
}

/** A condition in an object's status. */
export function conditionOf({ status }: Pick<ConditionedObject, 'status'>, type: string): Condition | undefined {
  return status?.conditions?.find((condition) => condition.type === type);
}

export function finding<Type extends string>(
  type: Type,
  status: ConditionStatus,
  reason: string,
  message: string,
): Finding & { readonly type: Type } {
  return { type, status, reason, message };
}

/** Nothing has changed that is worth a write. */
export const NEVER_MS = Number.POSITIVE_INFINITY;

/** Writes the status of an object, and decides when. All watchers of the object receive each write. */
export class StatusWrites {
  readonly #news: Newsworthy;
  /** By the steady clock; null if this process has not written it. */
  #writtenAt: number | null = null;

  constructor(news: Newsworthy) {
    this.#news = news;
  }

  /**
   * How long until the status may be written, in milliseconds; 0 if it is due.
   * @param dueAfterMs how long after the last write it is due
   * @param byOthersMs how long ago another process wrote it, if this one has not
   */
  earlyMs(dueAfterMs: number, now: number, byOthersMs = Number.POSITIVE_INFINITY): number {
    if (dueAfterMs === NEVER_MS) return NEVER_MS;
    const sinceMs = this.#writtenAt === null ? byOthersMs : now - this.#writtenAt;
    return Math.max(0, dueAfterMs - sinceMs);
  }

  /** Writes it, and announces the changes of its conditions. */
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

/** How changes of one condition are announced. */
interface News {
  /** The status that is bad news, which makes a Warning. */
  readonly bad: ConditionStatus;
  /** The name of the event for bad news [the reason of the condition]. */
  readonly badReason?: string;
  /** The name of the event for good news [the reason of the condition]. */
  readonly goodReason?: string;
  /** Which news makes an event if the object had no such condition before [none]. */
  readonly atFirst?: 'bad' | 'good' | 'both';
  /** Whether a new reason is news even if the status is the same [false]. */
  readonly isReasonNews?: boolean;
}

/** How changes of a kind's conditions are announced. Other conditions are not announced. */
export interface Newsworthy {
  readonly conditions: Readonly<Record<string, News>>;
  /** Whether a condition that was Unknown counts as absent, so that it is no news when it becomes known again. */
  readonly isUnknownForgotten: boolean;
}

/** Records an event for each change between the conditions in an object's status and the new ones that is worth one. */
export function announce(
  events: EventRecorder,
  object: ConditionedObject,
  after: readonly Finding[],
  { conditions, isUnknownForgotten }: Newsworthy,
): void {
  for (const found of after) {
    const news = conditions[found.type];
    if (news === undefined || found.status === 'Unknown') continue;
    const known = conditionOf(object, found.type);
    const before = isUnknownForgotten && known?.status === 'Unknown' ? undefined : known;
    const isBad = found.status === news.bad;
    if (!isNews(found, before, news)) continue;
    const name = isBad ? news.badReason : news.goodReason;
    events.record(object, isBad ? 'Warning' : 'Normal', name ?? found.reason, found.message);
  }
}

function isNews(after: Finding, before: Finding | undefined, news: News): boolean {
  const { bad, atFirst, isReasonNews = false } = news;
  if (before === undefined) return atFirst === 'both' || atFirst === (after.status === bad ? 'bad' : 'good');
  return before.status !== after.status || (isReasonNews && before.reason !== after.reason);
}
