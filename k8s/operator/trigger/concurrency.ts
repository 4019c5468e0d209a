import type { BlockTriggerTemplate } from '../../api/block-trigger.ts';
import type { Child } from './children.ts';

export interface Decision {
  readonly isMade: boolean;
  /** What is deleted before. */
  readonly replaced: readonly Child[];
}

/** Whether a template makes something for an occurrence, by what it made for others. All matches of one block go together. */
export function decide(
  { name, concurrencyPolicy }: BlockTriggerTemplate,
  key: string,
  children: readonly Child[],
): Decision {
  const isOther = (child: Child) => child.template === name && child.outcome === 'running' && child.key !== key;
  const others = concurrencyPolicy === 'Allow' ? [] : children.filter(isOther);
  if (concurrencyPolicy === 'Replace') return { isMade: true, replaced: others };
  return { isMade: others.length === 0, replaced: [] };
}
