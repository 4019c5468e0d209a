import type { Condition } from '../../api/conditions.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';

/** Conditions whose changes users are told of, and the status that is bad news. */
const TOLD: Readonly<Record<string, Condition['status']>> = {
  Ready: 'False',
  Synced: 'False',
  StoreReady: 'False',
  NodeReady: 'False',
  Stalled: 'True',
  AllKindsServed: 'False',
  StorePatched: 'False',
};
/** Bad news from the first; that an index which was just made is not ready goes without saying. */
const TOLD_AT_ONCE = ['Stalled', 'AllKindsServed', 'StorePatched'];

/** Conditions whose reasons are what events are called. */
const TELLING = ['Stalled', 'StorePatched'];

/** Tells of what has changed since the status that an index had, as events. */
export function announce(events: EventRecorder, index: BitcoinIndex, after: readonly Condition[]): void {
  const before = new Map((index.status?.conditions ?? []).map(({ type, status }) => [type, status]));
  for (const { type, status, reason, message } of after) {
    const bad = TOLD[type];
    const old = before.get(type);
    if (bad === undefined || old === status || status === 'Unknown') continue;
    const isBad = status === bad;
    if (old === undefined && !(isBad && TOLD_AT_ONCE.includes(type))) continue;
    events.record(index, isBad ? 'Warning' : 'Normal', eventReason(type, isBad, reason), message);
  }
}

/** `Stalled` and `NotSynced` say more in a list of events than the reasons alone, where those do not say it. */
function eventReason(type: string, isBad: boolean, reason: string): string {
  if (isBad && TELLING.includes(type)) return reason;
  if (type === 'Stalled') return 'Resumed';
  return isBad ? `Not${type}` : type;
}
