import type { KnownCluster } from './cluster.ts';
import { PERSISTENT_VOLUME_CLAIM } from './kinds.ts';
import type { ApiObject, ObjectKey } from './resource.ts';

interface Claim extends ApiObject {
  readonly spec: { readonly resources?: { readonly requests?: { readonly storage?: string } } };
  readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } };
}

/**
 * Makes a claim ask for a larger volume where it asks for less. The workload cannot do that: its template of claims never changes.
 * @param size a quantity
 * @returns how large the volume is now, as a quantity; null where there is none yet
 * @throws CLUSTER_FORBIDDEN where the storage class allows no growth
 */
export async function growClaim(
  cluster: KnownCluster,
  { namespace, name }: ObjectKey,
  size: string,
): Promise<string | null> {
  // A claim that was made by hand, or restored from a snapshot, has no labels of ours.
  const claim = await cluster.read<Claim>(PERSISTENT_VOLUME_CLAIM, namespace, name, { mayLackLabels: true });
  const asked = claim?.spec.resources?.requests?.storage;
  // A claim without a volume may not change at all.
  const canGrow = asked !== undefined && claim?.status?.phase === 'Bound';
  if (canGrow && quantityValue(asked) < quantityValue(size)) {
    const spec = { resources: { requests: { storage: size } } };
    await cluster.patch(PERSISTENT_VOLUME_CLAIM, namespace, name, { spec });
  }
  return claim?.status?.capacity?.storage ?? null;
}

const FACTORS: Readonly<Record<string, number>> = {
  '': 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number that a quantity of Kubernetes means: 1.5Gi, 500m, 2. @throws TypeError for what is none */
export function quantityValue(quantity: string): number {
  const [, number, unit = ''] = /^([0-9]+(?:\.[0-9]+)?)([a-zA-Z]*)$/.exec(quantity) ?? [];
  const factor = FACTORS[unit];
  if (number === undefined || factor === undefined) throw new TypeError(`${quantity} is not a quantity.`);
  return Number(number) * factor;
}
