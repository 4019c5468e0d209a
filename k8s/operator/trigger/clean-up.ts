import type { BlockTriggerSpec } from '../../api/block-trigger.ts';
import { byAge, type Child, type Outcome } from './children.ts';
import { isBehind, type Progress } from './progress.ts';

/** What has ended and is more than is to be kept, the oldest first. What may still be needed as proof is none of it. */
export function surplus(children: readonly Child[], { history }: BlockTriggerSpec, progress: Progress): Child[] {
  const ended = byAge(children).filter((child) => child.outcome !== 'running' && isBehind(progress, child));
  const limits: readonly (readonly [Outcome, number])[] = [
    ['succeeded', history.succeeded],
    ['failed', history.failed],
  ];
  const templates = new Set(ended.map(({ template }) => template));
  return [...templates].flatMap((template) =>
    limits.flatMap(([outcome, limit]) => {
      const group = ended.filter((child) => child.template === template && child.outcome === outcome);
      return group.slice(0, Math.max(0, group.length - limit));
    }),
  );
}
