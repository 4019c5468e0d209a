import type { WrittenNode } from './some-node.ts';

/** Specs that together use every field. */
export const NODE_CASES: Readonly<Record<string, WrittenNode>> = {
  'core-mainnet': {},
  'core-regtest': {
    network: 'Regtest',
    storage: { size: '1Gi', accessMode: 'ReadWriteOnce', retention: 'Delete', storageClassName: 'fast' },
    dbCacheMiB: 64,
    maxMempoolMiB: 50,
    zmq: { topics: [] },
    p2p: { listen: false },
    resources: { requests: { cpu: '100m', memory: '256Mi' }, limits: { memory: '1Gi' } },
    extraConfig: [{ name: 'fallbackfee', value: '0.0001' }],
    networkPolicy: 'Unmanaged',
  },
  'core-pruned': {
    network: 'Signet',
    pruning: { mode: 'Automatic', targetMiB: 10_000 },
    indexes: { blockFilters: true, coinStats: true },
    rpc: { rest: false, authSecretRef: { name: 'login' } },
    desiredState: 'Stopped',
  },
  'sv-mainnet': {
    implementation: 'BitcoinSV',
    consensusLimits: { excessiveBlockSizeBytes: 10_000_000_000, maxStackMemoryUsageBytes: 100_000_000 },
    indexes: { transactions: true },
    storage: { size: '20Ti' },
    p2p: {
      exposure: 'LoadBalancer',
      externalAddress: '203.0.113.7',
      addNodes: ['node.example:8333'],
      maxConnections: 50,
    },
  },
  'bchn-chipnet': {
    implementation: 'BitcoinCashNode',
    network: 'Chipnet',
    image: 'registry.example/bchn:29.0.0',
    imagePullPolicy: 'Always',
    imagePullSecrets: [{ name: 'registry' }],
    p2p: { exposure: 'ClusterIP' },
    rpc: {
      clients: [
        { podSelector: { app: 'wallet' } },
        { podSelector: { app: 'explorer' }, namespaceSelector: { team: 'apps' } },
      ],
    },
    scheduling: { nodeSelector: { disk: 'fast' }, tolerations: [{ key: 'chain', operator: 'Exists' }] },
    terminationGracePeriodSeconds: 1_200,
  },
  external: {
    external: { url: 'https://node.example:8443/', secretRef: { name: 'login' }, zmq: ['tcp://10.0.0.5:28332'] },
  },
  'external-below': {
    external: { url: 'https://node.example/v1/bitcoin/', secretRef: { name: 'login' }, zmq: [] },
  },
};
