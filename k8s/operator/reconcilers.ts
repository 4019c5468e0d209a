import type { Reconciler } from './runtime/reconciler.ts';
import type { ApiObject } from './runtime/resource.ts';

export interface ReconcilerSettings {
  /** The image of BitQL that indexers and gateways run; null where the operator was not given one. */
  readonly image: string | null;
}

/** Of each kind of ours, who brings about what its objects ask for. */
export function reconcilers(_settings: ReconcilerSettings): readonly Reconciler<ApiObject>[] {
  return [];
}
