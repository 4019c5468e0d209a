import { isJsonObject } from '../../../src/json.ts';
import type { BlockTriggerTemplate } from '../../api/block-trigger.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { ObstacleError } from '../runtime/obstacle.ts';
import type { Resource } from '../runtime/resource.ts';

/** How a kind stands among those that an operator may make: `batch/v1/Job`, `v1/ConfigMap`. */
export function kindText({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): string {
  return `${apiVersion}/${kind}`;
}

const RETRY_MS = 60_000;

/**
 * What the API calls the kinds of a trigger's templates, each of them once.
 * @param allowed as `kindText` has them
 * @throws ObstacleError Allowed: for a kind that is not to be made; Stalled: for a manifest that none can be made of
 */
export async function resourcesOf(
  { spec }: BlockTrigger,
  allowed: readonly string[],
  cluster: Cluster,
): Promise<readonly Resource[]> {
  const resources = new Map<string, Resource>();
  for (const template of spec.templates) {
    const mistake = mistakeInManifest(template);
    if (mistake !== null) throw refused('Stalled', 'ManifestRefused', mistake);
    const text = kindText(template.manifest);
    if (!allowed.includes(text)) {
      const advice = `this operator creates only ${allowed.join(', ')} (--trigger-kinds)`;
      throw refused('Allowed', 'KindNotAllowed', `Template ${template.name} is of ${text}, but ${advice}.`);
    }
    if (template.manifest.kind !== 'Job' && spec.serviceAccountName === undefined) {
      const message = `Template ${template.name} needs spec.serviceAccountName: objects of kinds other than Job are created as that account.`;
      throw refused('Allowed', 'ServiceAccountNeeded', message);
    }
    if (!resources.has(text)) resources.set(text, await served(template.manifest, cluster));
  }
  return [...resources.values()];
}

async function served(kind: Pick<Resource, 'apiVersion' | 'kind'>, cluster: Cluster): Promise<Resource> {
  const resource = await cluster.resourceOf({ apiVersion: kind.apiVersion, kind: kind.kind });
  if (resource === null) throw refused('Allowed', 'KindNotServed', `The cluster does not serve ${kindText(kind)}.`);
  if (resource.namespaced) return resource;
  const message = `${kindText(kind)} is a cluster-wide kind: triggers create objects only in their own namespace.`;
  throw refused('Allowed', 'KindNotNamespaced', message);
}

function refused(condition: 'Allowed' | 'Stalled', reason: string, message: string): ObstacleError {
  const code = condition === 'Allowed' ? 'CLUSTER_FORBIDDEN' : 'BAD_SETTING';
  return new ObstacleError(code, { condition, reason, message, isFinal: true, retryMs: RETRY_MS });
}

const OWN_METADATA = new Set(['labels', 'annotations']);

/** Why nothing can be made of a template's manifest; null where something can. What the API server checks itself is left to it. */
export function mistakeInManifest({ name, manifest }: BlockTriggerTemplate): string | null {
  const mistake = metadataMistake(manifest.metadata) ?? specMistake(manifest);
  return mistake === null ? null : `Template ${name}: ${mistake}`;
}

function metadataMistake(metadata: unknown): string | null {
  if (metadata === undefined) return null;
  if (!isJsonObject(metadata)) return 'metadata must be an object.';
  if ('namespace' in metadata)
    return 'leave out metadata.namespace: objects are created in the namespace of the trigger.';
  const foreign = Object.keys(metadata).find((field) => !OWN_METADATA.has(field));
  if (foreign !== undefined)
    return `leave out metadata.${foreign}: the metadata of a manifest may have labels and annotations only.`;
  const odd = ['labels', 'annotations'].find((field) => !isTexts(metadata[field]));
  return odd === undefined ? null : `metadata.${odd} must be an object whose values are strings.`;
}

/** Once it is gone by itself, a restarted operator may not know that it was there. */
function specMistake({ kind, spec }: BlockTriggerTemplate['manifest']): string | null {
  if (kind !== 'Job' || !isJsonObject(spec) || !('ttlSecondsAfterFinished' in spec)) return null;
  return 'leave out spec.ttlSecondsAfterFinished: spec.history of the trigger sets how many are kept.';
}

function isTexts(value: unknown): boolean {
  return value === undefined || (isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string'));
}
