import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Job, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { DevChain } from '../../../dev/dev-chain.ts';
import { type NodeBlock, startRegtest } from '../../../dev/regtest.ts';
import { Sandbox } from '../../../dev/sandbox.ts';
import { until } from '../../../dev/until.ts';
import type { BlockTrigger } from '../../../k8s/api/kinds.ts';
import { desiredChild } from '../../../k8s/operator/trigger/desired.ts';
import { mistakeInManifest } from '../../../k8s/operator/trigger/permission.ts';
import { run } from '../../cli/support.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { Kubectl } from '../support/kubectl.ts';
import { type Kubelet, startKubelet } from '../support/kubelet/kubelet.ts';
import { operatorKubeconfig } from '../support/operator-account.ts';
import { podSecurityViolations } from '../support/pod-security.ts';
import { mistakesIn } from '../support/strict-schema.ts';
import { OperatorProcess } from './support/operator-process.ts';
import { someTrigger } from './support/some-trigger.ts';

const FILE = join(import.meta.dirname, '../../../k8s/examples/validator-and-miner.yaml');
const TEXT = readFileSync(FILE, 'utf8');
const NAMESPACE = 'seed';
const PATIENCE = { timeoutMs: 300_000, intervalMs: 250 };

interface Written {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: BlockTrigger['spec'];
}

const objects = parseAllDocuments(TEXT).map((document) => document.toJS() as Written);
const trigger = objects.find(({ kind }) => kind === 'BlockTrigger')!;

describe('the example with a validator and a miner', () => {
  it.each(objects.map((object) => [object.kind, object] as const))(
    'has a %s that Kubernetes accepts',
    (_kind, object) => {
      expect(mistakesIn(object)).toEqual([]);
    },
  );

  it('creates Jobs that Kubernetes accepts, also if Pods are restricted', () => {
    const block = { hash: 'a'.repeat(64), height: 1, time: 1, previousHash: 'b'.repeat(64) };
    for (const { name, concurrencyPolicy = 'Allow', manifest } of trigger.spec.templates) {
      const template = {
        name,
        concurrencyPolicy,
        manifest: Object.assign({ apiVersion: 'batch/v1', kind: 'Job' }, manifest),
      };
      const job = desiredChild(someTrigger(), template, { event: 'BlockConnected', key: block.hash, block });
      expect(mistakeInManifest(template)).toBeNull();
      expect(mistakesIn(job)).toEqual([]);
      expect(podSecurityViolations((job as unknown as V1Job).spec!.template.spec as V1PodSpec)).toEqual([]);
    }
  });
});

describeWith('bitcoind')('its validator', ({ bitcoind }) => {
  const script = (objects.find(({ kind }) => kind === 'ConfigMap') as unknown as { data: Record<string, string> }).data;

  it('accepts the blocks of a node, and nothing that differs from them', async () => {
    await using node = await startRegtest({ bitcoind });
    await using sandbox = new Sandbox('validator');
    const file = join(sandbox.folder, 'validate.mjs');
    writeFileSync(file, script['validate.mjs']!);
    const chain = new DevChain(node.urlWithPassword);
    await chain.begin();
    for (let n = 0; n < 4; n++) await chain.send();
    const [hash] = await node.mine(1);
    const block = await node.rpc<NodeBlock>('getblock', hash);
    expect(block.tx.length).toBe(5);
    const validate = (changes: Record<string, string>) => {
      const login = { HOST: '127.0.0.1', PORT: String(node.port), USERNAME: node.user, PASSWORD: node.password };
      const said = {
        BLOCK_HASH: block.hash,
        BLOCK_HEIGHT: String(block.height),
        BLOCK_PREVIOUS_HASH: block.previousblockhash!,
      };
      return run(process.execPath, [file], { env: { ...login, ...said, ...changes } });
    };
    const { code, stdout, stderr } = await validate({});
    expect({ code, stdout, stderr }).toEqual({
      code: 0,
      stdout: `Block ${block.hash} of height ${block.height} is valid: 5 transactions.\n`,
      stderr: '',
    });
    for (const changes of [
      { BLOCK_HEIGHT: '1' },
      { BLOCK_PREVIOUS_HASH: block.hash },
      { BLOCK_HASH: 'f'.repeat(64) },
    ]) {
      expect((await validate(changes)).code).toBe(1);
    }
  });
});

const SERVICES = ['kubernetes', 'kubectl', 'container', 'bitcoind'] as const;

describeWith(...SERVICES)('the example, applied', ({ kubectlTools, bitcoind }) => {
  let api: KubernetesApi;
  let kubelet: Kubelet;
  let kubectl: Kubectl;
  const sandbox = new Sandbox('example');

  beforeAll(async () => {
    api = await sharedKubernetes();
    kubectl = new Kubectl(kubectlTools, api.kubeconfigPath);
    await kubectl.call('create', 'namespace', NAMESPACE);
    kubelet = await startKubelet({ api, namespaces: [NAMESPACE], bitcoind });
  });

  afterAll(async () => {
    await sandbox.close();
    await kubelet?.close();
  });

  async function list<T>(path: string): Promise<T[]> {
    const { body } = await api.request('GET', path);
    return (JSON.parse(body) as { items: T[] }).items;
  }
  const jobs = () => list<V1Job>(`/apis/batch/v1/namespaces/${NAMESPACE}/jobs`);
  const succeeded = async (template: string) => {
    const all = await jobs();
    return all.filter(
      ({ metadata, status }) => metadata!.labels!['bitql.dev/template'] === template && status?.succeeded === 1,
    );
  };

  it('validates each block, and mines the next', { timeout: 600_000 }, async () => {
    const { environment: env } = kubelet;
    const operator = new OperatorProcess(sandbox, {
      kubeconfig: await operatorKubeconfig(api),
      namespace: NAMESPACE,
      env,
    });
    // The only differences: what would take long, what cleans up, and a field that the old API server of the tests does
    // not know.
    const quick = TEXT.replace('value: "10"', 'value: "1"')
      .replace('fromHeight: 0', 'history: {succeeded: 100}\n  fromHeight: 0')
      .replace(', retention: Delete', '');
    await kubectl.apply(quick, '-n', NAMESPACE);
    const valid = await until(
      'three blocks to be valid',
      async () => {
        const found = await succeeded('validate');
        return found.length >= 3 && found;
      },
      PATIENCE,
    ).catch(async (error: Error) => {
      const there = await kubectl.call('get', 'btc,blocktriggers,jobs,pods,events', '-n', NAMESPACE);
      throw new Error(`${error.message}:\n${operator.output()}\n${there}\n${kubelet.lastError}`);
    });
    await kubectl.call(
      'patch',
      'blocktrigger',
      trigger.metadata.name,
      '-n',
      NAMESPACE,
      '--type=merge',
      '-p',
      '{"spec":{"suspend":true}}',
    );
    const heights = valid.map(({ metadata }) => Number(metadata!.annotations!['bitql.dev/block-height']));
    expect(heights.sort((a, b) => a - b).slice(0, 3)).toEqual([0, 1, 2]);
    const pods = await list<V1Pod>(`/api/v1/namespaces/${NAMESPACE}/pods`);
    for (const { metadata } of valid) {
      const pod = pods.find((of) => of.metadata!.labels!['job-name'] === metadata!.name)!;
      const { 'bitql.dev/block-hash': hash, 'bitql.dev/block-height': height } = metadata!.annotations!;
      expect(kubelet.log(`${NAMESPACE}/${pod.metadata!.name}`, 'validate')).toContain(
        `Block ${hash} of height ${height} is valid: 1 transactions.`,
      );
    }
    const failed = (await jobs()).filter(({ status }) =>
      (status?.conditions ?? []).some(({ type }) => type === 'Failed'),
    );
    expect(failed.map(({ metadata }) => metadata!.name)).toEqual([]);
  });
});
