import { createHash } from 'node:crypto';
import { BLOCK_TRIGGER, type BlockTriggerTemplate } from '../../api/block-trigger.ts';
import { API_VERSION } from '../../api/custom-resource.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, partLabels } from '../runtime/labels.ts';
import type { Resource } from '../runtime/resource.ts';
import type { Occurrence } from './occurrence.ts';

/** The kind, as the API calls it. */
export const TRIGGER: Resource = { apiVersion: API_VERSION, kind: BLOCK_TRIGGER.kind, plural: BLOCK_TRIGGER.plural };

export const TRIGGER_LABEL = 'bitql.dev/trigger';
export const TEMPLATE_LABEL = 'bitql.dev/template';
/** The hash of the block without its first digit, as a label has room for 63: `blockLabel`. */
export const BLOCK_LABEL = 'bitql.dev/block';

export const KEY_ANNOTATION = 'bitql.dev/key';
export const EVENT_ANNOTATION = 'bitql.dev/event';
export const BLOCK_ANNOTATION = 'bitql.dev/block-hash';
export const HEIGHT_ANNOTATION = 'bitql.dev/block-height';
export const TXID_ANNOTATION = 'bitql.dev/txid';

const TRIGGER_PART = 25;
const DIGEST_DIGITS = 20;

/**
 * The name of what a template makes of an occurrence, the same whoever makes it and however often: this is what makes it once.
 * Another trigger of the same name, made after this one was deleted, has other names. At most 63 characters.
 */
export function childName({ metadata }: BlockTrigger, template: BlockTriggerTemplate, occurrence: Occurrence): string {
  const identity = [metadata.uid, template.name, occurrence.key, occurrence.txid ?? ''];
  const digest = createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, DIGEST_DIGITS);
  return `${metadata.name.slice(0, TRIGGER_PART).replace(/-+$/, '')}-${template.name}-${digest}`;
}

export function blockLabel(hash: string): string {
  return hash.slice(1);
}

/** What selects all children of a trigger, as kubectl's -l. */
export function childSelector({ metadata }: BlockTrigger): string {
  return `${TRIGGER_LABEL}=${metadata.name}`;
}

/** Labels of a child that are ours, and those that a user may write otherwise. */
export function childLabels({ metadata }: BlockTrigger, template: BlockTriggerTemplate, { block }: Occurrence) {
  return {
    ours: {
      [MANAGED_BY_LABEL]: MANAGED_BY,
      [TRIGGER_LABEL]: metadata.name,
      [TEMPLATE_LABEL]: template.name,
      [BLOCK_LABEL]: blockLabel(block.hash),
    },
    defaults: partLabels({ name: template.name, instance: metadata.name, component: 'trigger' }),
  };
}

export function childAnnotations({ event, key, block, txid }: Occurrence): Record<string, string> {
  return {
    [EVENT_ANNOTATION]: event,
    [KEY_ANNOTATION]: key,
    [BLOCK_ANNOTATION]: block.hash,
    [HEIGHT_ANNOTATION]: String(block.height),
    ...(txid !== undefined && { [TXID_ANNOTATION]: txid }),
  };
}
