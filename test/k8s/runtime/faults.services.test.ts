import { Registry } from 'prom-client';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { OPERATOR_METRICS, OperatorMetrics } from '../../../k8s/operator/metrics.ts';
import { CONFIG_MAP } from '../../../k8s/operator/runtime/kinds.ts';
import { type KubernetesServer, startKubernetes } from '../../services/kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { ApiProxy } from './support/api-proxy.ts';
import {
  configMap,
  defineWidgets,
  makeNamespace,
  makeWidget,
  request,
  untilText,
  type Widget,
  WidgetReconciler,
  widgetPath,
} from './support/widget.ts';
import { QUICK, WidgetOperator } from './support/widget-operator.ts';

const GONE = {
  type: 'ERROR',
  object: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message: 'too old', reason: 'Expired', code: 410 },
};

describeWith('kubernetes')('an operator whose API server fails', ({ kubernetesAssets }) => {
  let api: KubernetesServer;

  beforeAll(async () => {
    api = await startKubernetes(kubernetesAssets);
    await defineWidgets(api);
  });

  afterAll(() => api?.close());

  /** An operator behind a proxy, after it has reconciled a first widget. */
  async function start(namespace: string, options: object = {}) {
    await makeNamespace(api, namespace);
    const proxy = await ApiProxy.start(api);
    const reconciler = new WidgetReconciler();
    const operator = new WidgetOperator(reconciler, {
      kubeconfig: proxy.kubeconfig,
      namespaces: [namespace],
      ...options,
    });
    await makeWidget(api, namespace, 'first', { text: 'first' });
    await untilText(api, namespace, 'first', 'first');
    await until('all watches', () => proxy.openWatches === 3);
    const close = async () => {
      await operator.stop();
      await proxy[Symbol.asyncDispose]();
    };
    return { proxy, reconciler, operator, [Symbol.asyncDispose]: close };
  }

  it('continues after connections that are cut again and again', async () => {
    await using test = await start('cut');
    for (let n = 0; n < 10; n++) {
      await makeWidget(api, 'cut', `w${n}`, { text: String(n) });
      if (n % 2 === 1) await request(api, 'DELETE', widgetPath('cut', `w${n - 1}`));
      test.proxy.cut();
    }
    for (const n of [1, 3, 5, 7, 9]) await untilText(api, 'cut', `w${n}`, String(n));
    for (const n of [0, 2, 4, 6, 8]) {
      await until(`w${n} to be forgotten`, () => test.reconciler.forgotten.includes(`w${n}`));
    }
    // The watches resumed without new lists: there were only the first ones.
    const lists = test.proxy.requests.filter(
      ({ method, path, isWatch }) => method === 'GET' && path.includes('limit=') && !isWatch,
    );
    expect(lists).toHaveLength(3);
  });

  it('notices a connection on which nothing arrives any more', async () => {
    await using test = await start('silent', { times: { ...QUICK, idleMs: 1_000 }, deadlineMs: 1_000 });
    test.proxy.isSilent = true;
    await makeWidget(api, 'silent', 'second', { text: 'x' });
    await request(api, 'PATCH', widgetPath('silent', 'first'), { spec: { text: 'changed' } });
    const asked = test.proxy.requests.length;
    await until('it to ask again', () => test.proxy.requests.length > asked);
    test.proxy.isSilent = false;
    await untilText(api, 'silent', 'second', 'x');
    await untilText(api, 'silent', 'first', 'changed');
  });

  it('lists again if versions have expired, and misses no deletion', async () => {
    await using test = await start('expired');
    await makeWidget(api, 'expired', 'goes', { text: 'x' });
    await untilText(api, 'expired', 'goes', 'x');
    // No watch reports what happens now.
    test.proxy.answer = ({ isWatch }) => (isWatch ? { status: 410, body: JSON.stringify(GONE.object) } : null);
    test.proxy.endWatches(GONE);
    await request(api, 'DELETE', widgetPath('expired', 'goes'));
    await makeWidget(api, 'expired', 'comes', { text: 'y' });
    await untilText(api, 'expired', 'comes', 'y');
    await until('it to be forgotten', () => test.reconciler.forgotten.includes('goes'));
    test.proxy.answer = () => null;
    await until('all watches', () => test.proxy.openWatches === 3);
    await makeWidget(api, 'expired', 'last', { text: 'z' });
    await untilText(api, 'expired', 'last', 'z');
  });

  it('ignores events that arrive late', async () => {
    await using test = await start('late');
    const old = await request<Widget>(api, 'GET', widgetPath('late', 'first'));
    await request(api, 'PATCH', widgetPath('late', 'first'), { spec: { text: 'new' } });
    await untilText(api, 'late', 'first', 'new');
    const isQuiet = async () => (await request<Widget>(api, 'GET', widgetPath('late', 'first'))).status?.text === 'new';
    await until('the status', isQuiet);
    test.proxy.endWatches({ type: 'MODIFIED', object: old });
    await makeWidget(api, 'late', 'second', { text: 'x' });
    await untilText(api, 'late', 'second', 'x');
    expect((await configMap(api, 'late', 'first'))?.data?.text).toBe('new');
  });

  it('leaves a server alone for as long as it asks', async () => {
    await using test = await start('busy');
    const refused: number[] = [];
    test.proxy.answer = ({ method, path, at }) => {
      if (method !== 'PATCH' || !path.includes('/configmaps/second') || refused.length === 2) return null;
      refused.push(at);
      return { status: 429, headers: { 'retry-after': '2' }, body: 'too many requests' };
    };
    await makeWidget(api, 'busy', 'second', { text: 'x' });
    await untilText(api, 'busy', 'second', 'x');
    const times = test.proxy.requests.filter(
      ({ method, path }) => method === 'PATCH' && path.includes('/configmaps/second'),
    );
    expect(refused).toHaveLength(2);
    expect(times[1]!.at - times[0]!.at).toBeGreaterThanOrEqual(1_990);
    expect(times[2]!.at - times[1]!.at).toBeGreaterThanOrEqual(1_990);
  });

  it('succeeds with a server that fails half of the time', async () => {
    await using test = await start('flaky');
    let n = 0;
    test.proxy.answer = () => (n++ % 2 === 0 ? { status: 500, body: 'etcdserver: request timed out' } : null);
    for (let i = 0; i < 5; i++) await makeWidget(api, 'flaky', `w${i}`, { text: String(i) });
    test.proxy.cut();
    for (let i = 0; i < 5; i++) await untilText(api, 'flaky', `w${i}`, String(i));
  });

  it('continues after a restart of the API server', async () => {
    await using test = await start('restarts');
    await api.restartServer();
    await makeWidget(api, 'restarts', 'second', { text: 'x' });
    await request(api, 'PATCH', widgetPath('restarts', 'first'), { spec: { text: 'changed' } });
    await untilText(api, 'restarts', 'second', 'x');
    await untilText(api, 'restarts', 'first', 'changed');
    expect(test.operator.operator.ready()).toBeNull();
  });

  it('reads long lists in pages, again from the start if a page has expired', async () => {
    await makeNamespace(api, 'pages');
    const make = (n: number) =>
      request(api, 'POST', '/api/v1/namespaces/pages/configmaps', {
        ...{ apiVersion: 'v1', kind: 'ConfigMap' },
        metadata: { name: `c${n}`, labels: { 'app.kubernetes.io/managed-by': 'bitql-operator' } },
      });
    for (let n = 0; n < 600; n += 50) await Promise.all(Array.from({ length: 50 }, (_, k) => make(n + k)));
    await using proxy = await ApiProxy.start(api);
    let expired = 0;
    proxy.answer = ({ path }) =>
      path.includes('continue=') && expired++ === 0 ? { status: 410, body: JSON.stringify(GONE.object) } : null;
    await using operator = new WidgetOperator(new WidgetReconciler([CONFIG_MAP]), {
      kubeconfig: proxy.kubeconfig,
      namespaces: ['pages'],
    });
    await until('all of them', () => operator.operator.status().objects.ConfigMap === 600);
    expect(expired).toBe(2);
  });

  it('waits for kinds that are defined later, and says what is missing', async () => {
    await makeNamespace(api, 'undefined');
    await request(api, 'DELETE', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.test.bitql.dev');
    await until('no widgets', async () => (await api.request('GET', '/apis/test.bitql.dev/v1')).status === 404);
    const operator = new WidgetOperator(new WidgetReconciler(), {
      kubeconfig: api.kubeconfigPath,
      namespaces: ['undefined'],
      times: { ...QUICK, unservedMs: 200 },
    });
    await using _ = operator;
    await until('what is missing', () => operator.operator.ready() === 'The cluster has no Widget: apply k8s/crds.');
    await defineWidgets(api);
    await until('it to be ready', () => operator.operator.ready() === null);
    await makeWidget(api, 'undefined', 'one', { text: 'x' });
    await untilText(api, 'undefined', 'one', 'x');
  });

  it('reports all of this in the metrics of the table', async () => {
    const registry = new Registry();
    const metrics = new OperatorMetrics(registry);
    await using test = await start('metrics', { observer: metrics });
    metrics.follow(() => test.operator.operator.status());
    test.proxy.endWatches(GONE);
    await until('all watches', () => test.proxy.openWatches === 3);
    await makeWidget(api, 'metrics', 'second', { text: 'x' });
    await untilText(api, 'metrics', 'second', 'x');
    const text = await until('the metrics', async () => {
      const now = await registry.metrics();
      return now.includes('outcome="done"') && now;
    });
    const names = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
    const own = names.map((line) => line.replace(/[{ ].*/, '').replace(/_seconds_(bucket|sum|count)$/, '_seconds'));
    expect([...new Set(own)].sort()).toEqual(Object.keys(OPERATOR_METRICS).sort());
    expect(text).toMatch(/^bitql_operator_leader 1$/m);
    expect(text).toMatch(/^bitql_operator_objects\{kind="Widget"\} 2$/m);
    expect(text).toMatch(/^bitql_operator_watches_ended_total\{kind="Widget",reason="expired"\} 1$/m);
    expect(text).toMatch(/^bitql_operator_api_calls_total\{method="PATCH",code="200"\} \d+$/m);
  });
});
