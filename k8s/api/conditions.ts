import type { Static } from 'typebox';
import { choice, integer, list, object, text, time } from './schema.ts';

const condition = object('A condition of the object.', {
  type: text('The type of the condition.', { maxLength: 64 }),
  status: choice('Whether the condition is met: True, False or Unknown.', ['True', 'False', 'Unknown']),
  reason: text('The reason, as one word for programs.', { maxLength: 64, pattern: '^[A-Za-z][A-Za-z0-9]*$' }),
  message: text('The reason, as a sentence for people.', { maxLength: 1024 }),
  lastTransitionTime: time('When the status last changed.'),
  observedGeneration: integer('The generation of the spec that this status is based on.', {
    minimum: 0,
    maximum: 2 ** 53 - 1,
  }),
});

/** metav1.Condition of Kubernetes. */
export type Condition = Static<typeof condition>;
export type ConditionStatus = Condition['status'];

/** The conditions of a kind. Their meanings are in the description, so that `kubectl explain` shows them. */
export const conditions = (meanings: Readonly<Record<string, string>>) =>
  list(
    `The conditions of the object. ${Object.entries(meanings)
      .map(([type, meaning]) => `${type}: ${meaning}`)
      .join(' ')}`,
    condition,
    { maxItems: 16, keys: ['type'] },
  );

/** What a reconcile finds about one condition. */
export interface Finding {
  readonly type: string;
  readonly status: ConditionStatus;
  readonly reason: string;
  readonly message: string;
}

/** The conditions after these findings. The time of a transition changes only if the status did. */
export function withFindings(
  before: readonly Condition[],
  findings: readonly Finding[],
  { generation, now }: { readonly generation: number; readonly now: string },
): Condition[] {
  return findings.map((finding) => {
    const old = before.find(({ type }) => type === finding.type);
    const lastTransitionTime = old?.status === finding.status ? old.lastTransitionTime : now;
    return { ...finding, message: finding.message.slice(0, 1024), lastTransitionTime, observedGeneration: generation };
  });
}
