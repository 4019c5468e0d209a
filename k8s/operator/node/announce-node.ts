import type { BitcoinNodeCondition } from '../../api/bitcoin-node.ts';
import type { Condition } from '../../api/conditions.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import type { EventRecorder } from '../runtime/event-recorder.ts';

interface News {
  /** The status that is bad news. */
  readonly bad: Condition['status'];
  /** What the event is called where it is good news; bad ones have the reason of the condition, or a name of their own. */
  readonly good: string;
  readonly badReason?: string;
}

/** Conditions whose changes users are told of. */
const TOLD: Readonly<Partial<Record<BitcoinNodeCondition, News>>> = {
  Ready: { bad: 'False', good: 'Ready', badReason: 'NotReady' },
  RPCReachable: { bad: 'False', good: 'RPCReachable' },
  Synced: { bad: 'False', good: 'Synced', badReason: 'NotSynced' },
  ChainSplit: { bad: 'True', good: 'ChainSplitHealed', badReason: 'ChainSplit' },
  TipStale: { bad: 'True', good: 'NewBlock', badReason: 'TipStale' },
  StoragePressure: { bad: 'True', good: 'StorageSuffices', badReason: 'StoragePressure' },
  AllKindsServed: { bad: 'False', good: 'AllKindsServed', badReason: 'NotServed' },
  Stalled: { bad: 'True', good: 'Resumed' },
};
/** Where there was nothing before, only these are news: that a new node is not ready goes without saying. */
const AT_ONCE: readonly string[] = ['ChainSplit', 'AllKindsServed', 'Stalled'];

/** Tells of what has changed since the status that a node had, as events. */
export function announceNode(events: EventRecorder, node: BitcoinNode, after: readonly Condition[]): void {
  for (const { type, status, reason, message } of after) {
    const news = TOLD[type as BitcoinNodeCondition];
    const before = lastKnown(node, type);
    if (news === undefined || status === 'Unknown' || before === status) continue;
    const isBad = status === news.bad;
    if (before === undefined && !(isBad ? AT_ONCE.includes(type) : type === 'Ready' || type === 'Synced')) continue;
    events.record(node, isBad ? 'Warning' : 'Normal', isBad ? (news.badReason ?? reason) : news.good, message);
  }
}

/** What was not known for a while has no news when it is known again: but then what was before is not known either. */
function lastKnown({ status }: BitcoinNode, type: string): Condition['status'] | undefined {
  const before = status?.conditions?.find((condition) => condition.type === type)?.status;
  return before === 'Unknown' ? undefined : before;
}
