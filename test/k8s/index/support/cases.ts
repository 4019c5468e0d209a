import type { IndexInputs } from '../../../../k8s/operator/index/inputs.ts';
import { nodeOf } from '../../node/support/some-node.ts';
import { ALL_SERVED, MANAGED_STORE, SECRET_STORE, type WrittenIndex } from './objects.ts';

export const TIERS = { configMap: 'limits', key: 'tiers.json', text: '{}' };
export const DOCUMENTS = { configMap: 'app', key: 'documents.json', text: '{}' };
const EXTERNAL = nodeOf({
  external: { url: 'https://node.example:8443/core', secretRef: { name: 'rpc' }, zmq: ['tcp://10.0.0.5:28332'] },
});

/** Specs that together use every field. */
export const INDEX_CASES: Readonly<Record<string, readonly [WrittenIndex, Partial<IndexInputs>]>> = {
  'secret-store': [SECRET_STORE, {}],
  'managed-store': [MANAGED_STORE, {}],
  'single-member': [
    {
      nodeRef: { name: 'regtest' },
      store: { managed: { members: 1, cacheMiB: 256, storage: { size: '1Gi', retention: 'Delete' } } },
      gateway: { replicas: { min: 1, max: 1 } },
    },
    { node: nodeOf({ network: 'Regtest' }, 'regtest') },
  ],
  public: [
    {
      ...SECRET_STORE,
      image: 'registry.example/bitql@sha256:0000000000000000000000000000000000000000000000000000000000000000',
      imagePullPolicy: 'Always',
      imagePullSecrets: [{ name: 'registry' }],
      indexer: {
        from: 'tip',
        index: ['Scripts', 'Inputs'],
        replicas: 2,
        resources: { limits: { cpu: 2, memory: '4Gi' } },
      },
      gateway: {
        replicas: { min: 3, max: 30 },
        autoscaling: { cpuPercent: 50, requestsPerSecond: 500, subscriptions: 5_000 },
        ingress: {
          host: 'api.example.org',
          className: 'nginx',
          tlsSecretName: 'certificate',
          annotations: { 'nginx.ingress.kubernetes.io/proxy-read-timeout': '3600' },
        },
        tiersRef: { name: 'limits' },
        trustedDocumentsRef: { name: 'app' },
        trustedProxies: ['10.0.0.0/8', '192.168.1.1'],
        cors: ['https://app.example', 'http://localhost:3000'],
        broadcast: true,
        drainSeconds: 20,
        scheduling: { nodeSelector: { pool: 'api' }, tolerations: [{ key: 'api', operator: 'Exists' }] },
      },
    },
    { node: EXTERNAL, tiers: TIERS, trustedDocuments: DOCUMENTS },
  ],
  'bare-cluster': [
    { ...SECRET_STORE, networkPolicy: 'Unmanaged', serviceMonitor: false },
    {
      served: {
        ...ALL_SERVED,
        autoscaler: false,
        customMetrics: false,
        disruptionBudget: false,
        serviceMonitor: false,
      },
    },
  ],
  stopped: [{ ...MANAGED_STORE, desiredState: 'Stopped' }, {}],
};
