import type { Static } from 'typebox';
import { choice, integer, list, object, text, time } from './schema.ts';

const condition = object('One thing that is true of the object, or is not.', {
  type: text('What is said.', { maxLength: 64 }),
  status: choice('Whether it holds.', ['True', 'False', 'Unknown']),
  reason: text('Why, in one word for programs.', { maxLength: 64, pattern: '^[A-Za-z][A-Za-z0-9]*$' }),
  message: text('Why, in words for people.', { maxLength: 1024 }),
  lastTransitionTime: time('When the status became what it is.'),
  observedGeneration: integer('The generation of the spec that this is said of.', { minimum: 0, maximum: 2 ** 53 - 1 }),
});

/** As Kubernetes has them: metav1.Condition. */
export type Condition = Static<typeof condition>;
export type ConditionStatus = Condition['status'];

/** The conditions of a kind: what each of them means stands in the description, as `kubectl explain` shows it. */
export const conditions = (meanings: Readonly<Record<string, string>>) =>
  list(
    `What is true of the object now. ${Object.entries(meanings)
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

/** The conditions after these findings: the time of a transition moves only where a status did. */
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
