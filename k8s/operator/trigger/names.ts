import { createHash } from 'node:crypto';
import { BLOCK_TRIGGER, type BlockTriggerTemplate } from '../../api/block-trigger.ts';
import { API_VERSION } from '../../api/custom-resource.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import { MANAGED_BY, MANAGED_BY_LABEL, partLabels } from '../runtime/child.ts';
import type { Resource } from '../runtime/resource.ts';
import type { Occurrence } from './occurrence.ts';

/** The kind, as the API calls it. */
export const TRIGGER: Resource = { apiVersion: API_VERSION, kind: BLOCK_TRIGGER.kind, plural: BLOCK_TRIGGER.plural };

const TRIGGER_LABEL = 'bitql.dev/trigger';
export const TEMPLATE_LABEL = 'bitql.dev/template';
/** The hash of the block without its first digit, because a label value has at most 63 characters (`blockLabel`). */
const BLOCK_LABEL = 'bitql.dev/block';

export const KEY_ANNOTATION = 'bitql.dev/key';
const EVENT_ANNOTATION = 'bitql.dev/event';
export const BLOCK_ANNOTATION = 'bitql.dev/block-hash';
export const HEIGHT_ANNOTATION = 'bitql.dev/block-height';
const TXID_ANNOTATION = 'bitql.dev/txid';

const TRIGGER_PART = 25;
const DIGEST_DIGITS = 20;

/**
 * The name of a template's object for an occurrence. It is always the same, which is why the object is created only once. A new
 * trigger of the same name gives other names. At most 63 characters.
 */
export function childName({ metadata }: BlockTrigger, template: BlockTriggerTemplate, occurrence: Occurrence): string {
  const identity = [metadata.uid, template.name, occurrence.key, occurrence.txid ?? ''];
  const digest = createHash('sha256').update(identity.join('\n')).digest('hex').slice(0, DIGEST_DIGITS);
  return `${metadata.name.slice(0, TRIGGER_PART).replace(/-+$/, '')}-${template.name}-${digest}`;
}

function blockLabel(hash: string): string {
  return hash.slice(1);
}

/** Selects all children of a trigger, in the syntax of kubectl's -l. */
export function childSelector({ metadata }: BlockTrigger): string {
  return `${TRIGGER_LABEL}=${metadata.name}`;
}

/** Labels of a child: our own, and defaults that the user may overwrite. */
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
