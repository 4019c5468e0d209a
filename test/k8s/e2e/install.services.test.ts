import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { V1Deployment, V1PodDisruptionBudget, V2HorizontalPodAutoscaler } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Sandbox, type SandboxProcess } from '../../../dev/sandbox.ts';
import { until as untilSoon } from '../../../dev/until.ts';
import type { BitcoinIndex, BitcoinNode } from '../../../k8s/api/kinds.ts';
import { desiredIndex } from '../../../k8s/operator/index/desired.ts';
import { desiredNode } from '../../../k8s/operator/node/desired.ts';
import { BITQL, cleanEnvironment, run } from '../../cli/support.ts';
import { type KubernetesServer, startKubernetes } from '../../services/kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { inputsOf } from '../index/support/objects.ts';
import { environmentIn, K8S, kustomized, ROOT } from '../manifests/rendered.ts';
import { INPUTS } from '../node/support/some-node.ts';
import { untilServed } from '../support/crds.ts';
import { Kubectl, serviceAccountKubeconfig } from '../support/kubectl.ts';
import { mistakesIn } from '../support/strict-schema.ts';

const NAMESPACE = 'bitql-regtest';
const OPERATOR = { namespace: 'bitql-system', name: 'bitql-operator' };

vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const until = <T>(what: string, condition: () => T | Promise<T>) => untilSoon(what, condition, { intervalMs: 250 });

/** The commands of a page that begin with these words, as lists of arguments. */
function commandsIn(page: string, ...words: string[]): string[][] {
  const lines = readFileSync(join(ROOT, page), 'utf8').split('\n');
  const commands = lines.filter((line) => line.startsWith(`    ${words.join(' ')}`));
  return commands.map((line) => line.trim().replaceAll("'", '').split(' ').slice(1));
}

/**
 * A user's commands from the documentation, on a server that evaluates our rules and serves all kinds. There is no
 * kubelet: `as-a-user.services.test.ts` covers the Pods.
 */
describeWith('kubernetes', 'kubectl')('a user who reads', ({ kubernetesAssets, kubectlTools }) => {
  const sandbox = new Sandbox('install');
  let api: KubernetesServer;
  let kubectl: Kubectl;

  beforeAll(async () => {
    api = await startKubernetes(kubernetesAssets, { newerVersions: true });
    kubectl = new Kubectl(kubectlTools, api.kubeconfigPath);
  });

  afterAll(async () => {
    await sandbox.close();
    await api?.close();
  });

  describe('README.md', () => {
    const [install, begin, wait] = commandsIn('README.md', 'kubectl') as [string[], string[], string[]];
    let operator: SandboxProcess;

    /** As in its Pod, with the same rights. */
    async function startOperator(): Promise<SandboxProcess> {
      const kubeconfig = await serviceAccountKubeconfig(api, sandbox.folder, OPERATOR);
      const { BITQL_IMAGE } = environmentIn(await kustomized(kubectlTools, 'base'));
      const places = ['--health', '127.0.0.1:0', '--metrics', '127.0.0.1:0', '--lease-name', 'none'];
      const args = [BITQL, 'operator', '--kubeconfig', kubeconfig, ...places];
      return sandbox.start('operator', process.execPath, args, { ...cleanEnvironment(), BITQL_IMAGE: BITQL_IMAGE! });
    }

    const index = () => kubectl.get<BitcoinIndex>('-n', NAMESPACE, 'bitcoinindex/regtest');
    const conditionOf = ({ status }: BitcoinIndex | BitcoinNode, type: string) =>
      status?.conditions?.find((condition) => condition.type === type);

    it('installs the operator', async () => {
      expect(install).toEqual(['apply', '--server-side', '-k', 'k8s/base']);
      const said = await kubectl.call(...install);
      const kinds = ['BitcoinIndex', 'BitcoinNode', 'BlockTrigger'].map(
        (kind) => `${kind.toLowerCase()}(e?s)\\.bitql\\.dev`,
      );
      for (const kind of kinds)
        expect(said).toMatch(new RegExp(`customresourcedefinition.*/${kind} serverside-applied`));
      expect(said.trim().split('\n')).toHaveLength((await kustomized(kubectlTools, 'base')).length);
      await untilServed(kubectl);
      // Again, as for an upgrade.
      await kubectl.call(...install);
    });

    it('requests a private chain', async () => {
      operator = await startOperator();
      expect(begin).toEqual(['apply', '-k', 'k8s/overlays/regtest-dev']);
      expect(await kubectl.call(...begin)).toContain('bitcoinindex.bitql.dev/regtest created');
      await kubectl.call(
        '-n',
        NAMESPACE,
        'wait',
        'bitcoinindex/regtest',
        '--for=condition=Reconciled',
        '--timeout=90s',
      );
      const pods = async () => (await kubectl.get<{ items: unknown[] }>('-n', NAMESPACE, 'pods')).items.length;
      // Of bitcoind, MongoDB, indexer and gateway.
      await until('Pods to be made', async () => (await pods()) >= 4);
      expect(operator.output()).not.toMatch(/forbidden/i);
    });

    it('waits for conditions that need Pods, and the status says so', async () => {
      expect(wait.at(-1)).toMatch(/^--timeout=/);
      const { code, stderr } = await kubectl.run([...wait.slice(0, -1), '--timeout=1s']);
      expect([code, stderr]).toEqual([1, expect.stringContaining('timed out waiting for the condition')]);
      const found = await index();
      expect(conditionOf(found, 'Ready')).toMatchObject({ status: 'False', reason: 'MembersMissing' });
      expect(conditionOf(found, 'StorePatched')).toMatchObject({ status: 'True' });
      // The Prometheus operator is not part of BitQL.
      expect(conditionOf(found, 'AllKindsServed')!.message).toBe(
        'The cluster does not serve ServiceMonitor of monitoring.coreos.com/v1.',
      );
      const node = await kubectl.get<BitcoinNode>('-n', NAMESPACE, 'bitcoinnode/regtest');
      expect(conditionOf(node, 'AllKindsServed')).toMatchObject({ status: 'True' });
    });

    it('finds the intended autoscalers and disruption budgets', async () => {
      const found = await index();
      const node = await kubectl.get<BitcoinNode>('-n', NAMESPACE, 'bitcoinnode/regtest');
      const desired = [...desiredIndex(found, inputsOf(found)), ...desiredNode(node, INPUTS)];
      const meant = (kind: string) =>
        Object.fromEntries(desired.filter((of) => of.kind === kind).map((of) => [of.metadata.name, of.spec]));
      const read = async (kind: string, resource: string) => {
        const { items } = await kubectl.get<{ items: (V1PodDisruptionBudget | V2HorizontalPodAutoscaler)[] }>(
          '-n',
          NAMESPACE,
          resource,
        );
        for (const { status: _, ...item } of items) {
          expect(item.kind).toBe(kind);
          expect(mistakesIn(item)).toEqual([]);
        }
        return Object.fromEntries(items.map(({ metadata, spec }) => [metadata!.name, spec]));
      };
      const scalers = await read('HorizontalPodAutoscaler', 'horizontalpodautoscalers.v2.autoscaling');
      expect(Object.keys(scalers)).toEqual(['regtest-gateway']);
      // The API server adds the scaling speed and how policies are selected.
      expect(scalers).toMatchObject(meant('HorizontalPodAutoscaler'));
      const budgets = await read('PodDisruptionBudget', 'poddisruptionbudgets.v1.policy');
      expect(Object.keys(budgets).sort()).toEqual([
        'regtest-gateway',
        'regtest-indexer',
        'regtest-mongodb',
        'regtest-node',
      ]);
      // The older version, in which they are stored here, lacks the policy for evicting unhealthy Pods.
      const known = Object.entries(meant('PodDisruptionBudget')).map(([name, spec]) => {
        const { unhealthyPodEvictionPolicy, ...rest } = spec as Record<string, unknown>;
        expect(unhealthyPodEvictionPolicy).toBe('AlwaysAllow');
        return [name, rest];
      });
      expect(budgets).toEqual(Object.fromEntries(known));
    });

    it('selects by fields, and reads columns', async () => {
      const selected = (selector: string) =>
        kubectl.call('get', 'bitcoinnodes', '-A', '--field-selector', selector, '-o', 'name');
      expect(await selected('spec.network=Regtest,spec.implementation=BitcoinCore')).toBe(
        'bitcoinnode.bitql.dev/regtest\n',
      );
      expect(await selected('spec.network=Mainnet')).toBe('');
      expect(await kubectl.call('get', 'bitcoinnodes,bitcoinindexes', '-A')).toMatch(/^NAMESPACE +NAME +IMPL /m);
    });

    it('removes it, as docs/kubernetes.md shows', async () => {
      const [objects, all] = commandsIn('docs/kubernetes.md', 'kubectl', 'delete') as [string[], string[]];
      await kubectl.call(...objects, '--timeout=120s');
      operator.kill('SIGTERM');
      expect(await operator.ended).toBe(0);
      await kubectl.call(...all, '--timeout=120s');
      const left = await kubectl.call('get', 'crd,clusterrole,clusterrolebinding', '-o', 'name');
      expect(left).not.toContain('bitql');
    });
  });

  describe('docs/kubernetes.md', () => {
    const [command] = commandsIn('docs/kubernetes.md', 'helm', 'install') as [string[]];

    const helm = (...args: string[]) =>
      run(join(kubectlTools, 'helm'), args, { cwd: sandbox.folder, env: { KUBECONFIG: api.kubeconfigPath } });
    const deployment = () => kubectl.get<V1Deployment>('-n', OPERATOR.namespace, 'deployment/bitql-operator');

    it('needs a cluster that is new enough for Helm to install it', async () => {
      cpSync(join(K8S, 'chart'), join(sandbox.folder, 'k8s', 'chart'), { recursive: true, dereference: true });
      const { code, stderr } = await helm(...command);
      expect([code, stderr]).toEqual([1, expect.stringContaining('chart requires kubeVersion: >=1.29.0-0')]);
      // Everything that the chart requires is served here, whatever version kube-apiserver reports.
      const file = join(sandbox.folder, 'k8s', 'chart', 'Chart.yaml');
      writeFileSync(file, readFileSync(file, 'utf8').replace(/^kubeVersion: .*\n/m, ''));
    });

    it('installs, upgrades and removes it by Helm, and keeps what users made', async () => {
      expect(await helm(...command)).toMatchObject({ code: 0, stdout: expect.stringContaining('STATUS: deployed') });
      await untilServed(kubectl);
      expect((await deployment()).spec!.replicas).toBe(2);
      const node = { apiVersion: 'bitql.dev/v1alpha1', kind: 'BitcoinNode', metadata: { name: 'kept' }, spec: {} };
      await kubectl.apply([node]);

      const [release, chart] = command.slice(1) as [string, string];
      const where = ['--namespace', OPERATOR.namespace];
      const upgraded = await helm('upgrade', release, chart, ...where, '--set', 'replicas=3,logLevel=debug');
      expect(upgraded).toMatchObject({ code: 0, stdout: expect.stringContaining('REVISION: 2') });
      const { spec } = await deployment();
      expect(spec!.replicas).toBe(3);
      expect(spec!.template.spec!.containers[0]!.env).toContainEqual({ name: 'BITQL_LOG_LEVEL', value: 'debug' });

      expect(await helm('uninstall', release, ...where, '--wait')).toMatchObject({ code: 0 });
      expect(await kubectl.run(['-n', OPERATOR.namespace, 'get', 'deployment/bitql-operator'])).toMatchObject({
        code: 1,
      });
      expect((await kubectl.get<BitcoinNode>('bitcoinnode/kept')).spec.network).toBe('Mainnet');
    });
  });
});
