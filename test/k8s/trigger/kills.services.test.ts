import { afterAll, beforeAll, expect, it } from 'vitest';
import { DevChain } from '../../../dev/dev-chain.ts';
import { type RegtestNode, startRegtest } from '../../../dev/regtest.ts';
import { Sandbox } from '../../../dev/sandbox.ts';
import { until } from '../../../dev/until.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { amount } from '../../support/amount.ts';
import { operatorKubeconfig } from '../support/operator-account.ts';
import { OperatorProcess } from './support/operator-process.ts';
import { jobTemplate, TriggerStage } from './support/trigger-stage.ts';

const KILLS = amount({ usual: 3, long: 20 });
const NAMESPACE = 'kills';
const PATIENCE = { timeoutMs: 180_000, intervalMs: 5 };
const SERVICES = ['kubernetes', 'bitcoind'] as const;

describeWith(...SERVICES)('an operator that is killed', ({ bitcoind }) => {
  const sandbox = new Sandbox('kills');
  let api: KubernetesApi;
  let node: RegtestNode;

  beforeAll(async () => {
    [api, node] = await Promise.all([sharedKubernetes(), startRegtest({ bitcoind })]);
    await node.mine(3);
  });

  afterAll(async () => {
    await sandbox.close();
    await node?.close();
  });

  it('handles every block, and creates nothing twice, also through reorganisations', { timeout: 900_000 }, async () => {
    const operator = new OperatorProcess(sandbox, { kubeconfig: await operatorKubeconfig(api), namespace: NAMESPACE });
    await using stage = await TriggerStage.open(api, NAMESPACE, node, { isRunning: false });
    const chain = new DevChain(node.urlWithPassword);
    const none = { succeeded: 0, failed: 0 };
    await stage.write({ templates: [jobTemplate('a'), jobTemplate('b')], history: none, onReorg: 'DeleteOrphaned' });
    await until('it to begin', async () => (await stage.status()).handled !== undefined, PATIENCE);
    const start = await node.rpc<number>('getblockcount');
    for (let kill = 0; kill < KILLS; kill++) {
      if (kill % 3 === 1) await chain.reorg(2);
      else await node.mine(3);
      const wanted = stage.jobs.made.length + 1 + Math.floor(Math.random() * 5);
      await until('it to be at work', () => stage.jobs.made.length >= wanted, PATIENCE);
      await operator.replace();
      for (const job of await stage.presentJobs()) await stage.finish(job);
    }
    await node.mine(1);
    const height = await node.rpc<number>('getblockcount');
    await until('all to be handled', async () => (await stage.status()).handled?.height === height, PATIENCE);
    const main = await Promise.all(
      Array.from({ length: height - start }, (_, index) => node.rpc<string>('getblockhash', start + 1 + index)),
    );
    for (const template of ['a', 'b']) {
      const made = stage.jobs.blocks(template);
      expect(made.filter((hash, index) => made.indexOf(hash) !== index)).toEqual([]);
      expect(main.filter((hash) => !made.includes(hash))).toEqual([]);
    }
  });
});
