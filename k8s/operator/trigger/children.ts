import { isJsonObject } from '../../../src/json.ts';
import type { BlockTriggerTemplate } from '../../api/block-trigger.ts';
import type { KubernetesObject, Resource } from '../runtime/resource.ts';
import { BLOCK_ANNOTATION, HEIGHT_ANNOTATION, KEY_ANNOTATION, TEMPLATE_LABEL } from './names.ts';

export type ChildOutcome = 'running' | 'succeeded' | 'failed';

/** An existing object that a trigger created. */
export interface Child {
  readonly resource: Resource;
  readonly name: string;
  readonly uid: string | undefined;
  readonly template: string;
  /** What it was created for (see `Occurrence`). */
  readonly key: string;
  readonly blockHash: string;
  readonly height: number;
  /** A time in RFC 3339. */
  readonly created: string;
  readonly outcome: ChildOutcome;
}

/** Null for an object that no trigger created, or that is being deleted. */
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
 * The outcome according to the status of Jobs, Pods, Argo workflows and Tekton runs. An object without such a status counts as
 * running while it exists.
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

/** Oldest first. */
export function byAge(children: readonly Child[]): Child[] {
  return [...children].sort((a, b) => compare(a.created, b.created) || a.height - b.height || compare(a.name, b.name));
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

interface Decision {
  readonly isMade: boolean;
  /** Objects to delete first. */
  readonly replaced: readonly Child[];
}

/**
 * Whether a template creates an object for an occurrence, given its objects for others. All matches of one block belong together.
 */
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
