import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from '../../../dev/sandbox.ts';
import { until } from '../../../dev/until.ts';
import { ELECTION_TIMES } from '../../../k8s/operator/runtime/lease-elector.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { ApiProxy } from './support/api-proxy.ts';
import { configMap, makeNamespace, makeWidget, request, untilText, WidgetReconciler } from './support/widget.ts';
import { WidgetOperator } from './support/widget-operator.ts';

const PROGRAM = fileURLToPath(new URL('support/operator-process.ts', import.meta.url));
const SHORT = { leaseMs: 3_000, renewDeadlineMs: 2_000, retryMs: 500 };

describeWith('kubernetes')('of several operators', () => {
  let api: KubernetesApi;
  const sandbox = new Sandbox('leadership');

  beforeAll(async () => {
    api = await sharedKubernetes();
  });

  afterAll(() => sandbox.close());

  function start(namespace: string, identity: string, kubeconfig = api.kubeconfigPath, times = SHORT) {
    const reconciler = new WidgetReconciler();
    const operator = new WidgetOperator(reconciler, {
      kubeconfig,
      namespaces: [namespace],
      election: { namespace, name: 'leader', identity, times },
      deadlineMs: 1_000,
    });
    return Object.assign(operator, { reconciler });
  }

  const startProcess = (namespace: string, identity: string, kubeconfig = api.kubeconfigPath) =>
    sandbox.start(identity, process.execPath, [PROGRAM, kubeconfig, namespace, identity]);

  const leasePath = (namespace: string) => `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/leader`;

  interface Lease {
    readonly spec: { readonly holderIdentity: string; readonly leaseTransitions: number };
  }

  async function holder(namespace: string): Promise<string | null> {
    const { status, body } = await api.request('GET', leasePath(namespace));
    return status === 200 ? (JSON.parse(body) as Lease).spec.holderIdentity : null;
  }

  const untilLeads = (namespace: string, identity: string) =>
    until(`${identity} to lead`, async () => (await holder(namespace)) === identity);

  it('one takes over from a leader that is killed in the middle of a reconcile', async () => {
    await makeNamespace(api, 'killed');
    const leader = startProcess('killed', 'killed-leader');
    await untilLeads('killed', 'killed-leader');
    await using standby = start('killed', 'killed-standby');
    await until('the standby to be ready', () => standby.operator.ready() === null);
    await makeWidget(api, 'killed', 'one', { text: 'x', waitsFor: 'go' });
    await untilText(api, 'killed', 'one-begun', 'x');
    expect(standby.reconciler.reconciled).toEqual([]);
    leader.kill('SIGKILL');
    await untilLeads('killed', 'killed-standby');
    await until('the same reconcile', () => standby.reconciler.running.has('one'));
    await request(api, 'POST', '/api/v1/namespaces/killed/configmaps', {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'go' } },
    });
    await untilText(api, 'killed', 'one', 'x');
  });

  it('one takes over at once from a leader that is stopped, which finishes its work', async () => {
    await makeNamespace(api, 'stopped');
    const leader = start('stopped', 'stopped-leader', undefined, ELECTION_TIMES);
    await untilLeads('stopped', 'stopped-leader');
    await using _ = start('stopped', 'stopped-standby', undefined, ELECTION_TIMES);
    await makeWidget(api, 'stopped', 'one', { text: 'x', waitsFor: 'go' });
    await until('the reconcile', () => leader.reconciler.running.has('one'));
    const stopped = leader.stop();
    await makeWidget(api, 'stopped', 'two', { text: 'y' });
    await request(api, 'POST', '/api/v1/namespaces/stopped/configmaps', {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'go' } },
    });
    expect(await stopped).toBeNull();
    expect((await configMap(api, 'stopped', 'one'))?.data?.text).toBe('x');
    expect(leader.reconciler.reconciled).not.toContain('two');
    const gaveBack = performance.now();
    await untilLeads('stopped', 'stopped-standby');
    expect(performance.now() - gaveBack).toBeLessThan(ELECTION_TIMES.leaseMs / 2);
    await untilText(api, 'stopped', 'two', 'y');
  });

  it('one that cannot renew its lease writes nothing any more, and ends', async () => {
    await makeNamespace(api, 'lost');
    await using proxy = await ApiProxy.start(api);
    await using leader = start('lost', 'lost-leader', proxy.kubeconfig);
    await untilLeads('lost', 'lost-leader');
    await makeWidget(api, 'lost', 'one', { text: 'x', waitsFor: 'never' });
    await until('the reconcile', () => leader.reconciler.running.has('one'));
    await untilText(api, 'lost', 'one-begun', 'x');
    // Only its calls for the lease are blocked: the reconcile could continue.
    proxy.answer = ({ path, method }) => (path.includes('/leases') && method === 'PUT' ? { status: 503 } : null);
    const writes = proxy.writes.length;
    await until('the end', () => leader.result !== undefined, { timeoutMs: 10_000 });
    expect(leader.result).toMatchObject({ code: 'LEASE_LOST' });
    // Its reconcile applies once more when its signal is aborted.
    expect(leader.reconciler.running.has('one')).toBe(false);
    expect(proxy.writes.length).toBe(writes);
    expect(await configMap(api, 'lost', 'one')).toBeNull();
  });

  it('one whose lease another one took stops at once', async () => {
    await makeNamespace(api, 'taken');
    await using leader = start('taken', 'taken-leader', undefined, ELECTION_TIMES);
    await untilLeads('taken', 'taken-leader');
    await request(api, 'PATCH', leasePath('taken'), { spec: { holderIdentity: 'somebody' } });
    await until('the end', () => leader.result !== undefined, { timeoutMs: ELECTION_TIMES.renewDeadlineMs });
    expect(leader.result).toMatchObject({ code: 'LEASE_LOST' });
    expect(await holder('taken')).toBe('somebody');
  });

  it('one that was paused for longer than its lease writes nothing when it wakes', async () => {
    await makeNamespace(api, 'paused');
    await using proxy = await ApiProxy.start(api);
    const leader = startProcess('paused', 'paused-leader', proxy.kubeconfig);
    await untilLeads('paused', 'paused-leader');
    await makeWidget(api, 'paused', 'one', { text: 'x', waitsFor: 'go' });
    await untilText(api, 'paused', 'one-begun', 'x');
    await using _ = start('paused', 'paused-standby');
    leader.kill('SIGSTOP');
    await untilLeads('paused', 'paused-standby');
    const writes = proxy.writes.length;
    await request(api, 'POST', '/api/v1/namespaces/paused/configmaps', {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'go' } },
    });
    await untilText(api, 'paused', 'one', 'x');
    leader.kill('SIGCONT');
    expect(await leader.ended).toBe(1);
    expect(leader.output()).toContain('LEASE_LOST');
    expect(proxy.writes.slice(writes)).toEqual([]);
    expect(await holder('paused')).toBe('paused-standby');
  });

  it('only one leads at any time', async () => {
    await makeNamespace(api, 'several');
    const operators = ['a', 'b', 'c', 'd'].map((identity) => start('several', identity));
    for (let n = 0; n < 20; n++) await makeWidget(api, 'several', `w${n}`, { text: String(n) });
    for (let n = 0; n < 20; n++) await untilText(api, 'several', `w${n}`, String(n));
    expect(operators.filter(({ reconciler }) => reconciler.reconciled.length > 0)).toHaveLength(1);
    expect(await Promise.all(operators.map((operator) => operator.stop()))).toEqual([null, null, null, null]);
    expect(await holder('several')).toBe('');
  });
});
