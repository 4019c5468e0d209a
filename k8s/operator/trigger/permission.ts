import { BitqlError } from '../../../src/errors.ts';
import { isJsonObject } from '../../../src/json.ts';
import type { BlockTriggerTemplate } from '../../api/block-trigger.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { ObstacleError } from '../runtime/obstacle.ts';
import { groupOf, type Resource } from '../runtime/resource.ts';

/** A kind as in the list of allowed kinds: `batch/v1/Job`, `v1/ConfigMap`. */
export function kindText({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): string {
  return `${apiVersion}/${kind}`;
}

/** Between two tries, in milliseconds: after a mistake in a template, and after a refusal by the cluster. */
const TEMPLATE_RETRY_MS = 60_000;
const REFUSED_RETRY_MS = 30_000;

/**
 * The API's descriptions of the kinds of a trigger's templates, without duplicates.
 * @param allowed kinds in the form of `kindText`
 * @throws ObstacleError Allowed for a kind that must not be created; Stalled for an invalid manifest
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
  return new ObstacleError(code, { condition, reason, message, isFinal: true, retryMs: TEMPLATE_RETRY_MS });
}

const OWN_METADATA = new Set(['labels', 'annotations']);

/** The mistake in a template's manifest; null for none. What the API server checks is left to it. */
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
  const wrong = ['labels', 'annotations'].find((field) => !isTexts(metadata[field]));
  return wrong === undefined ? null : `metadata.${wrong} must be an object whose values are strings.`;
}

/** After a Job has deleted itself, a restarted operator may not know that it existed. */
function specMistake({ kind, spec }: BlockTriggerTemplate['manifest']): string | null {
  if (kind !== 'Job' || !isJsonObject(spec) || !('ttlSecondsAfterFinished' in spec)) return null;
  return 'leave out spec.ttlSecondsAfterFinished: spec.history of the trigger sets how many are kept.';
}

function isTexts(value: unknown): boolean {
  return value === undefined || (isJsonObject(value) && Object.values(value).every((text) => typeof text === 'string'));
}

/** An action on objects of a kind in a namespace. */
interface Act {
  readonly verb: 'create' | 'delete' | 'list';
  readonly resource: Resource;
  readonly namespace: string;
  /** The service account to impersonate [none]. */
  readonly as?: string | undefined;
}

/**
 * Runs the call. A missing permission or a refused object becomes an obstacle that says what to do.
 * @throws ObstacleError Allowed, Stalled; any other error of the cluster
 */
export async function permitted<T>(act: Act, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    if (!(error instanceof BitqlError)) throw error;
    if (error.code === 'CLUSTER_FORBIDDEN') throw forbidden(act, error);
    if (error.code !== 'CLUSTER_REFUSED') throw error;
    const finding = {
      condition: 'Stalled',
      reason: 'ObjectRefused',
      message: error.message,
      isFinal: true,
      retryMs: REFUSED_RETRY_MS,
    } as const;
    throw new ObstacleError('CLUSTER_REFUSED', finding, error);
  }
}

function forbidden(act: Act, error: BitqlError): ObstacleError {
  const { reason, advice } = adviceFor(act, error.message);
  const message = `${advice} ${error.message}`;
  return new ObstacleError(
    'CLUSTER_FORBIDDEN',
    { condition: 'Allowed', reason, message, isFinal: true, retryMs: REFUSED_RETRY_MS },
    error,
  );
}

function adviceFor({ verb, resource, namespace, as }: Act, answer: string): { reason: string; advice: string } {
  if (/exceeded quota|limited to|LimitRange/i.test(answer)) {
    return { reason: 'QuotaExceeded', advice: `A quota of namespace ${namespace} is exhausted.` };
  }
  if (answer.includes('impersonate')) {
    const advice = `Missing: a Role in namespace ${namespace} that allows the operator to "impersonate" serviceaccounts "${as}".`;
    return { reason: 'MayNotImpersonate', advice };
  }
  const who = as === undefined ? 'the operator' : `ServiceAccount ${as}`;
  const group = groupOf(resource.apiVersion);
  const what = `${resource.plural} of API group "${group}"`;
  return {
    reason: 'Forbidden',
    advice: `Missing: a Role in namespace ${namespace} that allows ${who} to "${verb}" ${what}.`,
  };
}
