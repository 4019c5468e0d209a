import type { BlockTrigger } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import type { Resource } from '../runtime/resource.ts';
import { mistakeInManifest } from './manifest-rules.ts';
import { Obstacle } from './obstacle.ts';

/** How a kind stands among those that an operator may make: `batch/v1/Job`, `v1/ConfigMap`. */
export function kindText({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): string {
  return `${apiVersion}/${kind}`;
}

const RETRY_MS = 60_000;

/**
 * What the API calls the kinds of a trigger's templates, each of them once.
 * @param allowed as `kindText` has them
 * @throws Obstacle Allowed: for a kind that is not to be made; Stalled: for a manifest that none can be made of
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
      const advice = `this operator makes ${allowed.join(', ')} (--trigger-kinds)`;
      throw refused('Allowed', 'KindNotAllowed', `Template ${template.name} is of ${text}, but ${advice}.`);
    }
    if (template.manifest.kind !== 'Job' && spec.serviceAccountName === undefined) {
      const message = `Template ${template.name} needs spec.serviceAccountName: other kinds than Job are made in its name.`;
      throw refused('Allowed', 'ServiceAccountNeeded', message);
    }
    if (!resources.has(text)) resources.set(text, await served(template.manifest, cluster));
  }
  return [...resources.values()];
}

async function served(kind: Pick<Resource, 'apiVersion' | 'kind'>, cluster: Cluster): Promise<Resource> {
  const resource = await cluster.resourceOf({ apiVersion: kind.apiVersion, kind: kind.kind });
  if (resource === null) throw refused('Allowed', 'KindNotServed', `The cluster serves no ${kindText(kind)}.`);
  if (resource.namespaced) return resource;
  const message = `${kindText(kind)} is a kind of the whole cluster: triggers only make what is in their own namespace.`;
  throw refused('Allowed', 'KindNotNamespaced', message);
}

function refused(condition: 'Allowed' | 'Stalled', reason: string, message: string): Obstacle {
  const code = condition === 'Allowed' ? 'CLUSTER_FORBIDDEN' : 'BAD_SETTING';
  return new Obstacle(code, { condition, reason, message, retryMs: RETRY_MS });
}
