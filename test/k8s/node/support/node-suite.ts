import { afterAll, beforeAll } from 'vitest';
import { type RegtestNode, startRegtest } from '../../../../src/dev/regtest.ts';
import { type KubernetesApi, startKubernetes } from '../../../services/kubernetes.ts';
import { applyCrds } from '../../support/crds.ts';
import { Kubectl } from '../../support/kubectl.ts';
import { NodeStage } from './node-stage.ts';

interface Programs {
  readonly kubernetesAssets: string;
  readonly kubectlTools: string;
  readonly bitcoind: string;
}

/** What all tests of a suite share, while they run. */
export interface NodeSuite {
  readonly kubectl: Kubectl;
  /** A node that the operator can reach, outside of the cluster. */
  readonly node: RegtestNode;
  open(namespace: string): Promise<NodeStage>;
}

/** An API server and a node for all tests of a suite, and as long as that. @param blocks that the node has at first */
export function nodeSuite({ kubernetesAssets, kubectlTools, bitcoind }: Programs, blocks: number): NodeSuite {
  let api: KubernetesApi;
  let kubectl: Kubectl;
  let node: RegtestNode;

  beforeAll(async () => {
    [api, node] = await Promise.all([startKubernetes(kubernetesAssets), startRegtest({ bitcoind })]);
    kubectl = new Kubectl(kubectlTools, api.kubeconfigPath);
    await applyCrds(kubectl);
    await node.mine(blocks);
  });

  afterAll(async () => {
    await Promise.all([api?.close(), node?.close()]);
  });

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
