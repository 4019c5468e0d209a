import type { BlockTriggerCondition } from '../../api/block-trigger.ts';
import type { Finding } from '../../api/conditions.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import type { Obstacle } from '../runtime/obstacle.ts';
import { conditionOf, finding } from '../runtime/status.ts';

const GOOD: Readonly<Partial<Record<BlockTriggerCondition, readonly [reason: string, message: string]>>> = {
  NodeReady: ['Answers', 'The node answers.'],
  IndexReady: ['Answers', 'The index has the blocks that the node has.'],
  Allowed: ['Allowed', 'The operator may create the objects of the templates.'],
};

/** The conditions of a trigger after a reconcile. Those that it did not check stay as they were. */
export function triggerFindings(trigger: BlockTrigger, obstacle: Obstacle | null): Finding[] {
  const { suspend, event } = trigger.spec;
  return [
    ready(suspend, obstacle),
    checked('NodeReady', trigger, obstacle),
    ...(event === 'TransactionMatched' ? [checked('IndexReady', trigger, obstacle)] : []),
    checked('Allowed', trigger, obstacle),
    suspend
      ? finding('Suspended', 'True', 'Suspended', 'spec.suspend is true.')
      : finding('Suspended', 'False', 'Active', 'spec.suspend is false.'),
    stalled(obstacle),
  ];
}

function ready(isSuspended: boolean, obstacle: Obstacle | null): Finding {
  if (obstacle !== null) return finding('Ready', 'False', obstacle.reason, obstacle.message);
  if (isSuspended) return finding('Ready', 'False', 'Suspended', 'No object is created: spec.suspend is true.');
  return finding('Ready', 'True', 'Watching', 'It watches the chain.');
}

function checked(type: BlockTriggerCondition, trigger: BlockTrigger, obstacle: Obstacle | null): Finding {
  if (obstacle?.condition === type) return finding(type, 'False', obstacle.reason, obstacle.message);
  const isUnchecked = obstacle !== null || (trigger.spec.suspend && type !== 'Allowed');
  const [reason, message] = GOOD[type] ?? ['Holds', ''];
  if (!isUnchecked) return finding(type, 'True', reason, message);
  const known = conditionOf(trigger, type);
  if (known !== undefined) return finding(type, known.status, known.reason, known.message);
  return finding(type, 'Unknown', 'NotChecked', 'It was not checked: another condition has the reason.');
}

function stalled(obstacle: Obstacle | null): Finding {
  if (obstacle?.isFinal) return finding('Stalled', 'True', obstacle.reason, obstacle.message);
  return finding('Stalled', 'False', 'GoesOn', 'No change by a user is needed.');
}
