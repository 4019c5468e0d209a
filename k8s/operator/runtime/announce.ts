import type { ConditionStatus, Finding } from '../../api/conditions.ts';
import { type ConditionedObject, conditionOf } from './conditions.ts';
import type { EventRecorder } from './event-recorder.ts';

/** How changes of one condition are announced. */
export interface News {
  /** The status that is bad news, and so a Warning. */
  readonly bad: ConditionStatus;
  /** The name of the event with bad news [the reason of the condition]. */
  readonly badReason?: string;
  /** The name of the event with good news [the reason of the condition]. */
  readonly goodReason?: string;
  /** Which news is worth an event for an object that had no such condition [none]. */
  readonly atFirst?: 'bad' | 'good' | 'both';
  /** Whether another reason is news although the status stays [false]. */
  readonly isReasonNews?: boolean;
}

/** How changes of a kind's conditions are announced. Other conditions change in silence. */
export interface Newsworthy {
  readonly conditions: Readonly<Record<string, News>>;
  /** Whether a condition that was Unknown counts as one that was not there: what becomes known again is no news. */
  readonly isUnknownForgotten: boolean;
}

/** Records an event for each change worth one, from the conditions in an object's status to those after. */
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
