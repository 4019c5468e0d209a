import { isJsonObject } from '../../../src/json.ts';
import type { BlockTriggerTemplate } from '../../api/block-trigger.ts';
import type { KubernetesObject, Resource } from '../runtime/resource.ts';
import { BLOCK_ANNOTATION, HEIGHT_ANNOTATION, KEY_ANNOTATION, TEMPLATE_LABEL } from './names.ts';

export type ChildOutcome = 'running' | 'succeeded' | 'failed';

/** Something that a trigger made and that is still there. */
export interface Child {
  readonly resource: Resource;
  readonly name: string;
  readonly uid: string | undefined;
  readonly template: string;
  /** What it was made for: see `Occurrence`. */
  readonly key: string;
  readonly blockHash: string;
  readonly height: number;
  /** A time as RFC 3339 has it. */
  readonly created: string;
  readonly outcome: ChildOutcome;
}

/** Null for what no trigger made, or what is on its way out. */
export function childIn(object: KubernetesObject, resource: Resource): Child | null {
  const { name, uid, labels = {}, annotations = {}, creationTimestamp = '', deletionTimestamp } = object.metadata;
  const template = labels[TEMPLATE_LABEL];
  const key = annotations[KEY_ANNOTATION];
  const blockHash = annotations[BLOCK_ANNOTATION];
  const height = Number(annotations[HEIGHT_ANNOTATION]);
  if (template === undefined || key === undefined || blockHash === undefined) return null;
  if (!Number.isSafeInteger(height) || deletionTimestamp !== undefined) return null;
  const outcome = outcomeOf(object.status);
  return { resource, name, uid, template, key, blockHash, height, created: creationTimestamp, outcome };
}

/**
 * How something went, by what Jobs, Pods, workflows of Argo and runs of Tekton say in their status. What says nothing runs
 * for as long as it is there.
 */
export function outcomeOf(status: unknown): ChildOutcome {
  if (!isJsonObject(status)) return 'running';
  const { phase, conditions } = status;
  if (phase === 'Succeeded') return 'succeeded';
  if (phase === 'Failed' || phase === 'Error') return 'failed';
  const holds = (type: string, value: string) =>
    Array.isArray(conditions) &&
    conditions.some((condition) => isJsonObject(condition) && condition.type === type && condition.status === value);
  if (holds('Complete', 'True') || holds('Succeeded', 'True')) return 'succeeded';
  return holds('Failed', 'True') || holds('Succeeded', 'False') ? 'failed' : 'running';
}

/** The oldest first. */
export function byAge(children: readonly Child[]): Child[] {
  return [...children].sort((a, b) => compare(a.created, b.created) || a.height - b.height || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

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
