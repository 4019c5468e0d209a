import { afterAll, beforeAll } from 'vitest';
import { DevChain } from '../../../../dev/dev-chain.ts';
import { type RegtestNode, startRegtest } from '../../../../dev/regtest.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../../services/shared-kubernetes.ts';
import { TriggerStage } from './trigger-stage.ts';

const START_MS = 180_000;

/** What all tests of a suite share while they run. */
export interface TriggerSuite {
  readonly api: KubernetesApi;
  /** A node that the operator can reach, outside of the cluster. */
  readonly node: RegtestNode;
  /** The chain of that node, to be extended and reorganised. */
  readonly chain: DevChain;
  height(): Promise<number>;
  open(namespace: string, options?: Parameters<typeof TriggerStage.open>[3]): Promise<TriggerStage>;
}

/** A node for all tests of a suite. @param name the beginning of the names of its namespaces */
export function triggerSuite({ bitcoind }: { readonly bitcoind: string }, name: string): TriggerSuite {
  let api: KubernetesApi;
  let node: RegtestNode;
  let chain: DevChain;

  beforeAll(async () => {
    [api, node] = await Promise.all([sharedKubernetes(), startRegtest({ bitcoind })]);
    chain = new DevChain(node.urlWithPassword);
    await chain.begin();
  }, START_MS);

  afterAll(() => node?.close());

  return {
    get api() {
      return api;
    },
    get node() {
      return node;
    },
    get chain() {
      return chain;
    },
    height: () => node.rpc<number>('getblockcount'),
    open: (namespace, options) => TriggerStage.open(api, `${name}-${namespace}`, node, options),
  };
}
