import { IndexReconciler } from './index/reconciler.ts';
import { NodeReconciler } from './node/reconciler.ts';
import type { Reconciler } from './runtime/reconciler.ts';
import type { ApiObject } from './runtime/resource.ts';
import { TriggerReconciler } from './trigger/reconciler.ts';

export interface ReconcilerSettings {
  /** The image of BitQL that indexers and gateways run; null where the operator was not given one. */
  readonly image: string | null;
  /** What triggers may make [`batch/v1/Job` alone]. */
  readonly triggerKinds?: readonly string[];
}

/** Of each kind of ours, who brings about what its objects ask for. */
export function reconcilers({ image, triggerKinds }: ReconcilerSettings): readonly Reconciler<ApiObject>[] {
  return [new NodeReconciler(), new IndexReconciler({ image }), new TriggerReconciler(triggerKinds)];
}
