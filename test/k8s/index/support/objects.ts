import { Value } from 'typebox/value';
import { BITCOIN_INDEX, type BitcoinIndexSpec } from '../../../../k8s/api/bitcoin-index.ts';
import { API_VERSION } from '../../../../k8s/api/custom-resource.ts';
import type { BitcoinIndex } from '../../../../k8s/api/kinds.ts';
import type { IndexInputs } from '../../../../k8s/operator/index/inputs.ts';
import { databaseUri } from '../../../../k8s/operator/index/names.ts';
import type { Served } from '../../../../k8s/operator/index/served.ts';
import { nodeOf, type Written } from '../../node/support/some-node.ts';

export type WrittenIndex = Written<BitcoinIndexSpec>;

export const ALL_SERVED: Served = {
  autoscaler: true,
  customMetrics: true,
  disruptionBudget: true,
  ingress: true,
  networkPolicy: true,
  serviceMonitor: true,
};

export const SECRET_STORE: WrittenIndex = { nodeRef: { name: 'mainnet' }, store: { secretRef: { name: 'database' } } };
export const MANAGED_STORE: WrittenIndex = { nodeRef: { name: 'mainnet' }, store: { managed: {} } };

/** An index as the API server returns it, with defaults. */
export function indexOf(spec: WrittenIndex, name = 'chain'): BitcoinIndex {
  return {
    apiVersion: API_VERSION,
    kind: BITCOIN_INDEX.kind,
    metadata: metadataOf(name),
    spec: Value.Default(BITCOIN_INDEX.spec, structuredClone(spec)) as BitcoinIndexSpec,
  };
}

function metadataOf(name: string) {
  return {
    name,
    namespace: 'bitcoin',
    uid: `uid-of-${name}`,
    generation: 1,
    resourceVersion: '1',
    creationTimestamp: '2026-01-01T00:00:00Z',
  };
}

/** The inputs of an index, in a cluster that has everything. */
export function inputsOf(index: BitcoinIndex, given: Partial<IndexInputs> = {}): IndexInputs {
  const isManaged = index.spec.store.managed !== undefined;
  const password = 'f00d';
  return {
    node: nodeOf({}, index.spec.nodeRef.name),
    nodeUri: 'http://user:password@mainnet-node.bitcoin.svc:8332',
    storeUri: isManaged ? databaseUri(index, password) : 'mongodb://user:password@db-1:27017,db-2:27018/bitql',
    database: isManaged ? { password, keyfile: 'a2V5', volumeSize: null, image: null } : null,
    salt: 'salt',
    tiers: null,
    trustedDocuments: null,
    image: index.spec.image ?? 'registry.example/bitql:1.0.0',
    served: ALL_SERVED,
    ...given,
  };
}
