import type { BlockTriggerCondition } from '../../api/block-trigger.ts';
import type { Condition, Finding } from '../../api/conditions.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import type { Obstacle } from './obstacle.ts';

const GOOD: Readonly<Partial<Record<BlockTriggerCondition, readonly [reason: string, message: string]>>> = {
  NodeReady: ['Answers', 'The node answers.'],
  IndexReady: ['Answers', 'The index has the blocks that the node has.'],
  Allowed: ['Allowed', 'What the templates make may be made.'],
};

/** What is true of a trigger after a reconcile. What this one did not get to know stays as it was. */
export function findingsOf({ spec, status }: BlockTrigger, obstacle: Obstacle | null): Finding[] {
  const before = status?.conditions ?? [];
  const checked = (type: BlockTriggerCondition) => checkedFinding(type, spec.suspend, obstacle, before);
  return [
    readiness(spec.suspend, obstacle),
    checked('NodeReady'),
    ...(spec.event === 'TransactionMatched' ? [checked('IndexReady')] : []),
    checked('Allowed'),
    spec.suspend
      ? { type: 'Suspended', status: 'True', reason: 'Suspended', message: 'spec.suspend is true.' }
      : { type: 'Suspended', status: 'False', reason: 'Active', message: 'spec.suspend is false.' },
    stall(obstacle),
  ];
}

function readiness(isSuspended: boolean, obstacle: Obstacle | null): Finding {
  if (obstacle !== null) {
    return { type: 'Ready', status: 'False', reason: obstacle.reason, message: obstacle.message };
  }
  if (isSuspended) {
    return { type: 'Ready', status: 'False', reason: 'Suspended', message: 'Nothing is made: spec.suspend is true.' };
  }
  return { type: 'Ready', status: 'True', reason: 'Watching', message: 'It watches the chain.' };
}

function checkedFinding(
  type: BlockTriggerCondition,
  isSuspended: boolean,
  obstacle: Obstacle | null,
  before: readonly Condition[],
): Finding {
  if (obstacle?.condition === type) {
    return { type, status: 'False', reason: obstacle.reason, message: obstacle.message };
  }
  const isUnchecked = obstacle !== null || (isSuspended && type !== 'Allowed');
  const [reason, message] = GOOD[type] ?? ['Holds', ''];
  if (!isUnchecked) return { type, status: 'True', reason, message };
  const known = before.find((condition) => condition.type === type);
  if (known !== undefined) return { type, status: known.status, reason: known.reason, message: known.message };
  return { type, status: 'Unknown', reason: 'NotChecked', message: 'Something else came first.' };
}

function stall(obstacle: Obstacle | null): Finding {
  if (obstacle?.condition === 'Stalled' || obstacle?.condition === 'Allowed') {
    return { type: 'Stalled', status: 'True', reason: obstacle.reason, message: obstacle.message };
  }
  return { type: 'Stalled', status: 'False', reason: 'GoesOn', message: 'Nothing needs a change by somebody.' };
}
