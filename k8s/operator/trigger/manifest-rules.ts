import type { BlockTriggerTemplate } from '../../api/block-trigger.ts';

const OWN_METADATA = new Set(['labels', 'annotations']);

/** Why nothing can be made of a template's manifest; null where something can. What the API server checks itself is left to it. */
export function mistakeInManifest({ name, manifest }: BlockTriggerTemplate): string | null {
  const mistake = metadataMistake(manifest.metadata) ?? specMistake(manifest);
  return mistake === null ? null : `Template ${name}: ${mistake}`;
}

function metadataMistake(metadata: unknown): string | null {
  if (metadata === undefined) return null;
  if (!isRecord(metadata)) return 'metadata is to be an object.';
  if ('namespace' in metadata)
    return 'leave out metadata.namespace: things are made in the namespace of the trigger alone.';
  const foreign = Object.keys(metadata).find((field) => !OWN_METADATA.has(field));
  if (foreign !== undefined)
    return `leave out metadata.${foreign}: of metadata, a manifest gives labels and annotations.`;
  const odd = ['labels', 'annotations'].find((field) => !isTexts(metadata[field]));
  return odd === undefined ? null : `metadata.${odd} is to be an object of texts.`;
}

/** Once it is gone by itself, a restarted operator may not know that it was there. */
function specMistake({ kind, spec }: BlockTriggerTemplate['manifest']): string | null {
  if (kind !== 'Job' || !isRecord(spec) || !('ttlSecondsAfterFinished' in spec)) return null;
  return 'leave out spec.ttlSecondsAfterFinished: spec.history of the trigger says how many are kept.';
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isTexts(value: unknown): boolean {
  return value === undefined || (isRecord(value) && Object.values(value).every((text) => typeof text === 'string'));
}
