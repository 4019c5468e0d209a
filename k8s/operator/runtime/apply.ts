import { BitqlError } from '../../../src/errors.ts';
import type { KnownCluster } from './cluster.ts';
import { type ApiObject, controllerOf, type KubernetesObject, type Resource } from './resource.ts';

/** The owner of the applied children. */
interface Owner extends ApiObject {
  readonly metadata: ApiObject['metadata'] & { readonly namespace: string; readonly uid: string };
}

/** The rules for the children of one kind. */
export interface ApplyRules {
  /** What users call an owner of this kind: `node`. */
  readonly noun: string;
  /** Kinds whose objects are deleted when the owner no longer wants them. */
  readonly recallable: readonly Resource[];
  /** Kinds that no other child needs: if the cluster refuses one, the others are applied nevertheless [none]. */
  readonly dispensable?: readonly Resource[];
  /** Whether an object belongs to the owner although the owner does not control it [no]. */
  isKept?(there: ApiObject): boolean;
  /** The initial state of a new child [the child itself]. */
  madeAs?(child: KubernetesObject): KubernetesObject | undefined;
}

/** An object that is not the owner's has the name of a child. */
export class NameTaken extends BitqlError {
  constructor({ kind, metadata: { name } }: KubernetesObject, noun: string) {
    const message = `There is a ${kind} ${name} that was not created for this ${noun}: delete it, or rename the ${noun}.`;
    super('CLUSTER_REFUSED', message);
    this.name = 'NameTaken';
  }
}

/**
 * Applies the desired children of an owner in order, then deletes those that are no longer desired.
 * @returns the current state of each child; of watched kinds perhaps only its metadata
 * @throws NameTaken; the first error of the cluster
 */
export async function applyChildren(
  cluster: KnownCluster,
  owner: Owner,
  desired: readonly KubernetesObject[],
  rules: ApplyRules,
): Promise<readonly ApiObject[]> {
  const applied: ApiObject[] = [];
  const failures: unknown[] = [];
  for (const child of desired) {
    try {
      applied.push(await applyChild(cluster, owner, child, rules));
    } catch (error) {
      if (!rules.dispensable?.some(({ kind }) => kind === child.kind)) throw error;
      failures.push(error);
    }
  }
  for (const resource of rules.recallable) await takeBack(cluster, owner, desired, resource);
  if (failures.length > 0) throw failures[0];
  return applied;
}

async function applyChild(
  cluster: KnownCluster,
  owner: Owner,
  child: KubernetesObject,
  { noun, isKept, madeAs }: ApplyRules,
): Promise<ApiObject> {
  const isOurs = (there: ApiObject) => isOwnedBy(there, owner) || (isKept?.(there) ?? false);
  const first = madeAs?.(child);
  const there = await cluster.keep(child, { isOurs, ...(first !== undefined && { madeAs: first }) });
  if (there === null) throw new NameTaken(child, noun);
  return there;
}

async function takeBack(
  cluster: KnownCluster,
  owner: Owner,
  desired: readonly KubernetesObject[],
  resource: Resource,
): Promise<void> {
  const wanted = new Set(desired.filter(({ kind }) => kind === resource.kind).map(({ metadata }) => metadata.name));
  for (const { metadata } of cluster.owned(resource, owner)) {
    if (wanted.has(metadata.name)) continue;
    await cluster.delete(resource, owner.metadata.namespace, metadata.name, { uid: metadata.uid! });
  }
}

/**
 * Whether an existing object is the owner's own. Applying takes over fields by force, which is right only for such objects.
 * @throws CLUSTER_CONFLICT if it belongs to an earlier owner of the same name and is being deleted
 */
function isOwnedBy(there: ApiObject, owner: Owner): boolean {
  const controller = controllerOf(there, owner);
  if (controller?.uid === owner.metadata.uid) return true;
  const { kind, metadata } = there;
  if (metadata.deletionTimestamp === undefined && controller?.name !== owner.metadata.name) return false;
  const message = `The ${kind} ${metadata.name} of an earlier ${owner.kind} of this name is still being deleted.`;
  throw new BitqlError('CLUSTER_CONFLICT', message);
}
