import fc from 'fast-check';
import { Value } from 'typebox/value';
import { BITCOIN_NODE, type BitcoinNodeSpec, type NodeImplementation } from '../../../../k8s/api/bitcoin-node.ts';
import { API_VERSION } from '../../../../k8s/api/custom-resource.ts';
import type { BitcoinNode } from '../../../../k8s/api/kinds.ts';
import { DIALECTS } from '../../../../k8s/operator/node/dialects.ts';
import type { NodeInputs } from '../../../../k8s/operator/node/inputs.ts';

/** A spec as a user writes it. */
export type Written<Spec> = { readonly [Field in keyof Spec]?: Written<Spec[Field]> };
export type WrittenNode = Written<BitcoinNodeSpec>;

/** A node as the API server returns it, with defaults. */
export function nodeOf(spec: WrittenNode = {}, name = 'mainnet'): BitcoinNode {
  return {
    apiVersion: API_VERSION,
    kind: BITCOIN_NODE.kind,
    metadata: {
      name,
      namespace: 'bitcoin',
      uid: `uid-of-${name}`,
      generation: 1,
      resourceVersion: '1',
      creationTimestamp: '2026-01-01T00:00:00Z',
    },
    spec: Value.Default(BITCOIN_NODE.spec, structuredClone(spec)) as BitcoinNodeSpec,
  };
}

export const INPUTS: NodeInputs = {
  login: { username: 'bitql', password: 'f00d', salt: '0123456789abcdef0123456789abcdef' },
  volumeSize: null,
  image: null,
};

const network = fc
  .constantFrom<NodeImplementation>('BitcoinCore', 'BitcoinCashNode', 'BitcoinSV')
  .chain((implementation) =>
    fc.record({
      implementation: fc.constant(implementation),
      network: fc.constantFrom(...Object.keys(DIALECTS[implementation].networks)),
    }),
  );

const settings = fc.record(
  {
    desiredState: fc.constantFrom('Running', 'Stopped'),
    image: fc.constantFrom('docker.io/bitcoin/bitcoin:30.0', `registry.example:5000/node@sha256:${'0'.repeat(64)}`),
    storage: fc.record({ size: fc.constantFrom('10Gi', '1.5Ti', '1000000000') }),
    pruning: fc.constantFrom({ mode: 'Automatic', targetMiB: 550 }, { mode: 'Manual' }, { mode: 'Disabled' }),
    dbCacheMiB: fc.integer({ min: 4, max: 100_000 }),
    rpc: fc.record(
      {
        authSecretRef: fc.constant({ name: 'given' }),
        rest: fc.boolean(),
        clients: fc.constantFrom(
          [],
          [{ podSelector: { app: 'x' } }, { podSelector: {}, namespaceSelector: { team: 'y' } }],
        ),
      },
      { requiredKeys: [] },
    ),
    zmq: fc.record({ topics: fc.subarray(['rawtx', 'hashtx', 'rawblock', 'hashblock', 'sequence']) }),
    p2p: fc.record({
      listen: fc.boolean(),
      exposure: fc.constantFrom('None', 'ClusterIP', 'LoadBalancer'),
      addNodes: fc.subarray(['10.0.0.1', 'node.example:8333', '[fd00::1]:8333']),
    }),
    networkPolicy: fc.constantFrom('Managed', 'Unmanaged'),
    extraConfig: fc.subarray([
      { name: 'debug', value: 'net' },
      { name: 'blocksonly', value: '1' },
    ]),
    resources: fc.constantFrom({ limits: { memory: '8Gi' } }, { requests: { cpu: 2 }, limits: { cpu: '4' } }),
    scheduling: fc.constantFrom({ nodeSelector: { disk: 'fast' } }, { tolerations: [{ operator: 'Exists' }] }),
  },
  { requiredKeys: [] },
);

/** Any node in the cluster whose spec the API server accepts. */
export const someNode = fc.tuple(network, settings).map(([where, more]) => {
  const limits = { excessiveBlockSizeBytes: 0, maxStackMemoryUsageBytes: 0 };
  const spec = { ...more, ...where, ...(where.implementation === 'BitcoinSV' && { consensusLimits: limits }) };
  return nodeOf(spec as unknown as WrittenNode, 'some');
});
