import type { BlockTriggerSpec } from '../../../../k8s/api/block-trigger.ts';
import { API_VERSION } from '../../../../k8s/api/custom-resource.ts';
import type { BlockTrigger } from '../../../../k8s/api/kinds.ts';

export const CREATED = '2026-01-01T00:00:00Z';

export const JOB_MANIFEST = {
  apiVersion: 'batch/v1',
  kind: 'Job',
  spec: { template: { spec: { containers: [{ name: 'main', image: 'busybox:1', command: ['true'] }] } } },
};

/** A trigger as the API server returns it, with defaults. */
export function someTrigger(spec: Partial<BlockTriggerSpec> = {}): BlockTrigger {
  return {
    apiVersion: API_VERSION,
    kind: 'BlockTrigger',
    metadata: {
      name: 'on-block',
      namespace: 'chain',
      uid: '8b3a6c7e-0000-4000-8000-000000000001',
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: CREATED,
    },
    spec: {
      nodeRef: { name: 'node' },
      event: 'BlockConnected',
      confirmations: 1,
      every: 1,
      templates: [{ name: 'job', concurrencyPolicy: 'Allow', manifest: JOB_MANIFEST }],
      backlog: { policy: 'Replay', limit: 10_000 },
      onReorg: 'Keep',
      history: { succeeded: 3, failed: 3 },
      maxMatchesPerBlock: 100,
      suspend: false,
      ...spec,
    },
  };
}
