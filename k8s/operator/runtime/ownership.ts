import { BitqlError } from '../../../src/errors.ts';
import { type ApiObject, controllerOf, type Resource } from './resource.ts';

/**
 * Whether what stands in the place of a child is the owner's own. Applying takes fields by force, which is right for such alone.
 * @throws CLUSTER_CONFLICT for what an earlier owner of this name has left, while it goes away
 */
export function isOwnedBy(
  child: ApiObject,
  owner: Resource,
  { name, uid }: { readonly name: string; readonly uid: string },
): boolean {
  const controller = controllerOf(child, owner);
  if (controller?.uid === uid) return true;
  const { kind, metadata } = child;
  if (metadata.deletionTimestamp === undefined && controller?.name !== name) return false;
  const message = `The ${kind} ${metadata.name} of an earlier ${owner.kind} of this name is still going away.`;
  throw new BitqlError('CLUSTER_CONFLICT', message);
}
