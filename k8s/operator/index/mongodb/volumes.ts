import type { BitcoinIndex } from '../../../api/kinds.ts';
import { quantityValue } from '../../node/quantity.ts';
import type { KnownCluster } from '../../runtime/cluster.ts';
import { PERSISTENT_VOLUME_CLAIM } from '../../runtime/kinds.ts';
import type { KubernetesObject } from '../../runtime/resource.ts';
import { partName } from '../names.ts';

interface Claim extends KubernetesObject {
  readonly spec: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  readonly status?: { readonly phase?: string };
}

/** Lets the volumes of the database grow: the template that they were made of cannot be changed any more. */
export async function growVolumes(cluster: KnownCluster, index: BitcoinIndex): Promise<void> {
  const { managed } = index.spec.store;
  if (managed === undefined) return;
  const { size } = managed.storage;
  const { namespace } = index.metadata;
  for (let ordinal = 0; ordinal < managed.members; ordinal += 1) {
    const name = `data-${partName(index, 'mongodb')}-${ordinal}`;
    // One that was made by hand, or restored from a snapshot, has no labels of ours.
    const claim = await cluster.read<Claim>(PERSISTENT_VOLUME_CLAIM, namespace, name, { mayLackLabels: true });
    const has = claim?.spec.resources?.requests?.storage;
    // One that has no volume yet may not change at all.
    if (has === undefined || claim?.status?.phase !== 'Bound' || quantityValue(has) >= quantityValue(size)) continue;
    await cluster.patch(PERSISTENT_VOLUME_CLAIM, namespace, name, {
      spec: { resources: { requests: { storage: size } } },
    });
  }
}
