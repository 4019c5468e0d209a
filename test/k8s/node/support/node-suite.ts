import { afterAll, beforeAll } from 'vitest';
import { type RegtestNode, startRegtest } from '../../../../dev/regtest.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../../services/shared-kubernetes.ts';
import { Kubectl } from '../../support/kubectl.ts';
import { NodeStage } from './node-stage.ts';

interface Programs {
  readonly kubectlTools: string;
  readonly bitcoind: string;
}

/** What all tests of a suite share while they run. */
export interface NodeSuite {
  readonly kubectl: Kubectl;
  /** A node that the operator can reach, outside of the cluster. */
  readonly node: RegtestNode;
  open(namespace: string): Promise<NodeStage>;
}

/** A node for all tests of a suite. @param blocks the number of its first blocks */
export function nodeSuite({ kubectlTools, bitcoind }: Programs, blocks: number): NodeSuite {
  let api: KubernetesApi;
  let kubectl: Kubectl;
  let node: RegtestNode;

  beforeAll(async () => {
    [api, node] = await Promise.all([sharedKubernetes(), startRegtest({ bitcoind })]);
    kubectl = new Kubectl(kubectlTools, api.kubeconfigPath);
    await node.mine(blocks);
  });

  afterAll(() => node?.close());

  return {
    get kubectl() {
      return kubectl;
    },
    get node() {
      return node;
    },
    open: (namespace) => NodeStage.open(kubectl, api, namespace),
  };
}
