import { createHash } from 'node:crypto';
import type { KubernetesObject } from './resource.ts';

/** The same for what is written the same, in 32 characters. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64').slice(0, 32);
}

/**
 * The same as long as nobody changes more of an object than its status. Kinds that count no generations show it by their spec, and
 * those of which not even that is known by their version, which each write changes.
 */
export function contentOf({ metadata, spec }: KubernetesObject): string {
  const { uid, generation, resourceVersion, labels, annotations, finalizers, ownerReferences } = metadata;
  const body = generation ?? (spec === undefined ? resourceVersion : digestOf(spec));
  return digestOf([uid, body, metadata.deletionTimestamp, labels, annotations, finalizers, ownerReferences]);
}
