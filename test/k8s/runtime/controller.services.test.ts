import { once } from 'node:events';
import { beforeAll, expect, it } from 'vitest';
import { until } from '../../../dev/until.ts';
import { CONFIG_MAP, HORIZONTAL_POD_AUTOSCALER, SERVICE_MONITOR } from '../../../k8s/operator/runtime/kinds.ts';
import type { ApiObject, ObjectKey } from '../../../k8s/operator/runtime/resource.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { sharedKubernetes } from '../../services/shared-kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import {
  configMap,
  makeNamespace,
  makeWidget,
  request,
  untilText,
  type Widget,
  WidgetReconciler,
  widgetPath,
} from './support/widget.ts';
import { QUICK, WidgetOperator } from './support/widget-operator.ts';

describeWith('kubernetes')('a controller', () => {
  let api: KubernetesApi;
  let kubeconfig: string;

  beforeAll(async () => {
    api = await sharedKubernetes();
    kubeconfig = api.kubeconfigPath;
  });

  /** A namespace of a test, and an operator for it alone. */
  async function start(namespace: string, reconciler: WidgetReconciler, options = {}) {
    await makeNamespace(api, namespace);
    return new WidgetOperator(reconciler, { kubeconfig, namespaces: [namespace], ...options });
  }

  /** Waits until earlier writes to other widgets have arrived: events of a kind come in order. */
  async function untilQuiet(namespace: string): Promise<void> {
    const widgets = ['one', 'other'].map((name) => widgetPath(namespace, name));
    const haveStatus = async () => {
      const found = await Promise.all(widgets.map((path) => request<Widget>(api, 'GET', path)));
      return found.every(({ status }) => status !== undefined);
    };
    await until('both to have a status', haveStatus);
    await makeWidget(api, namespace, 'last', { text: 'x' });
    await untilText(api, namespace, 'last', 'x');
    await request(api, 'PATCH', `/api/v1/namespaces/${namespace}/configmaps/last`, { data: { text: 'changed' } });
    await untilText(api, namespace, 'last', 'x');
  }

  it('reconciles objects that exist, appear, change and go', async () => {
    const reconciler = new WidgetReconciler();
    await makeNamespace(api, 'comes');
    await makeWidget(api, 'comes', 'early', { text: 'one' });
    await using operator = new WidgetOperator(reconciler, { kubeconfig, namespaces: ['comes'] });
    await untilText(api, 'comes', 'early', 'one');
    await makeWidget(api, 'comes', 'late', { text: 'two' });
    await untilText(api, 'comes', 'late', 'two');
    await request(api, 'PATCH', widgetPath('comes', 'late'), { spec: { text: 'three' } });
    await untilText(api, 'comes', 'late', 'three');
    const hasStatus = async () =>
      (await request<Widget>(api, 'GET', widgetPath('comes', 'late'))).status?.text === 'three';
    await until('the status', hasStatus);
    await request(api, 'DELETE', widgetPath('comes', 'late'));
    await until('it to be forgotten', () => reconciler.forgotten.includes('late'));
    const isCollected = async () => (await configMap(api, 'comes', 'late')) === null;
    await until('its child to be collected', isCollected);
    expect(operator.operator.ready()).toBeNull();
    expect(operator.operator.live()).toBeNull();
    expect(await operator.stop()).toBeNull();
  });

  it('comes to rest: its own writes do not wake it forever', async () => {
    const reconciler = new WidgetReconciler();
    await using _ = await start('rests', reconciler);
    await makeWidget(api, 'rests', 'one', { text: 'x' });
    const hasStatus = async () => (await request<Widget>(api, 'GET', widgetPath('rests', 'one'))).status?.text === 'x';
    await until('the status', hasStatus);
    // The events of its own writes come before this one.
    await makeWidget(api, 'rests', 'two', { text: 'y' });
    await untilText(api, 'rests', 'two', 'y');
    expect(reconciler.reconciled.filter((name) => name === 'one').length).toBeLessThanOrEqual(4);
  });

  it('is not woken by a status, whoever writes it, but by any other change of an object', async () => {
    const reconciler = new WidgetReconciler();
    await using _ = await start('statuses', reconciler);
    await makeWidget(api, 'statuses', 'one', { text: 'x' });
    await makeWidget(api, 'statuses', 'other', { text: 'x' });
    await untilQuiet('statuses');
    const count = () => reconciler.reconciled.filter((name) => name === 'one').length;
    const before = count();
    await request(api, 'PATCH', `${widgetPath('statuses', 'one')}/status`, { status: { more: 'of it' } });
    // The events of a kind come in order.
    await makeWidget(api, 'statuses', 'later', { text: 'y' });
    await untilText(api, 'statuses', 'later', 'y');
    expect(count()).toBe(before);
    await request(api, 'PATCH', widgetPath('statuses', 'one'), { metadata: { annotations: { look: 'again' } } });
    await until('it to be woken', () => count() > before);
  });

  it('restores children that were changed or deleted', async () => {
    await using _ = await start('mends', new WidgetReconciler());
    await makeWidget(api, 'mends', 'one', { text: 'x' });
    await untilText(api, 'mends', 'one', 'x');
    const path = '/api/v1/namespaces/mends/configmaps/one';
    await request(api, 'PATCH', path, { data: { text: 'changed' } });
    await untilText(api, 'mends', 'one', 'x');
    await request(api, 'DELETE', path);
    await untilText(api, 'mends', 'one', 'x');
    // Without the label the child is not watched.
    await request(api, 'PATCH', path, { metadata: { labels: { 'app.kubernetes.io/managed-by': null } } });
    const isLabelled = async () =>
      (await configMap(api, 'mends', 'one'))?.metadata.labels?.['app.kubernetes.io/managed-by'] === 'bitql-operator';
    await until('its label', isLabelled);
  });

  it('notices other kinds that concern its objects, and Secrets without their contents', async () => {
    const reconciler = new WidgetReconciler();
    const seen: object[] = [];
    const concerned: ObjectKey[] = [];
    const [watched] = reconciler.watches;
    const { keysOf } = watched!;
    Object.assign(watched!, {
      keysOf: (...args: Parameters<typeof keysOf>) => {
        const keys = keysOf(...args);
        seen.push(args[0]);
        concerned.push(...keys);
        return keys;
      },
    });
    await using _ = await start('watches', reconciler);
    await makeWidget(api, 'watches', 'one', { text: 'x', secret: 'password' });
    await makeWidget(api, 'watches', 'other', { text: 'x' });
    await untilText(api, 'watches', 'one', 'x');
    await untilText(api, 'watches', 'other', 'x');
    await untilQuiet('watches');
    const count = () => reconciler.reconciled.filter((name) => name === 'one').length;
    const before = count();
    const others = reconciler.reconciled.filter((name) => name === 'other').length;
    await request(api, 'POST', '/api/v1/namespaces/watches/secrets', {
      ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'password' }, stringData: { password: 'hunter2' } },
    });
    await until('a reconcile', () => concerned.length > 0 && count() > before);
    expect(new Set(concerned.map(({ name }) => name))).toEqual(new Set(['one']));
    expect(reconciler.reconciled.filter((name) => name === 'other').length).toBe(others);
    expect(JSON.stringify(seen)).not.toContain('password":"');
    expect(seen.map((secret) => (secret as ApiObject).metadata.name)).toContain('password');
    expect(JSON.stringify(seen)).not.toMatch(/hunter2|aHVudGVyMg/);
    expect(JSON.stringify(seen)).not.toContain('managedFields');
  });

  it('continues if kinds are not served', async () => {
    const owns = [CONFIG_MAP, HORIZONTAL_POD_AUTOSCALER, SERVICE_MONITOR];
    await using operator = await start('unserved', new WidgetReconciler(owns));
    await makeWidget(api, 'unserved', 'one', { text: 'x' });
    await untilText(api, 'unserved', 'one', 'x');
    expect(operator.operator.ready()).toBeNull();
  });

  it('manages its own namespaces only', async () => {
    await makeNamespace(api, 'elsewhere');
    const reconciler = new WidgetReconciler();
    await using _ = await start('here', reconciler);
    await makeWidget(api, 'elsewhere', 'stranger', { text: 'x' });
    await makeWidget(api, 'here', 'one', { text: 'x' });
    await untilText(api, 'here', 'one', 'x');
    expect(reconciler.reconciled).not.toContain('stranger');
  });

  it('retries failures more and more seldom, and handles others meanwhile', async () => {
    const reconciler = new WidgetReconciler();
    const times: number[] = [];
    reconciler.fails = ({ metadata }) => {
      if (metadata.name !== 'bad') return null;
      times.push(performance.now());
      return times.length > 5 ? null : new Error('not yet');
    };
    await using _ = await start('fails', reconciler, { workers: 1 });
    await makeWidget(api, 'fails', 'bad', { text: 'x' });
    await until('two attempts', () => times.length >= 2);
    await makeWidget(api, 'fails', 'good', { text: 'y' });
    await untilText(api, 'fails', 'good', 'y');
    await untilText(api, 'fails', 'bad', 'x');
    const waits = times.slice(1).map((time, n) => time - times[n]!);
    expect(waits[0]).toBeGreaterThanOrEqual(49);
    expect(waits[4]).toBeGreaterThanOrEqual(499);
  });

  it('ends a reconcile that takes too long, and tries again', async () => {
    const reconciler = new WidgetReconciler();
    reconciler.pause = ({ metadata }, signal) => {
      const isFirst = reconciler.reconciled.filter((name) => name === metadata.name).length === 1;
      return isFirst ? once(signal, 'abort').then(() => signal.throwIfAborted()) : Promise.resolve();
    };
    await using _ = await start('slow', reconciler, { times: { ...QUICK, reconcileMs: 200 } });
    await makeWidget(api, 'slow', 'one', { text: 'x' });
    await untilText(api, 'slow', 'one', 'x');
  });

  it('is not alive any more if a reconcile hangs, and can still be stopped', async () => {
    const reconciler = new WidgetReconciler();
    reconciler.pause = () => new Promise(() => {});
    const times = { ...QUICK, reconcileMs: 100, hangMs: 100, drainMs: 100 };
    await using operator = await start('hangs', reconciler, { times });
    await makeWidget(api, 'hangs', 'one', { text: 'x' });
    await until(
      'it to be noticed',
      () => operator.operator.live() === 'The reconcile of Widget hangs/one does not end.',
    );
    expect(await operator.stop()).toBeNull();
  });

  it('reconciles again at the requested time', async () => {
    const reconciler = new WidgetReconciler();
    reconciler.requeueAfterMs = 100;
    await using _ = await start('again', reconciler);
    await makeWidget(api, 'again', 'one', { text: 'x' });
    await until('reconciles without a change', () => reconciler.reconciled.length > 10);
  });

  it('succeeds among other writers, and keeps their fields', async () => {
    const reconciler = new WidgetReconciler();
    await using _ = await start('writers', reconciler);
    await makeWidget(api, 'writers', 'one', { text: '0' });
    for (let n = 1; n <= 30; n++) {
      const change = { metadata: { labels: { turn: String(n) } }, spec: { text: String(n), [`other${n}`]: n } };
      await request(api, 'PATCH', widgetPath('writers', 'one'), change);
    }
    await untilText(api, 'writers', 'one', '30');
    const hasStatus = async () =>
      (await request<Widget>(api, 'GET', widgetPath('writers', 'one'))).status?.text === '30';
    await until('the status', hasStatus);
    const { spec, metadata } = await request<Widget>(api, 'GET', widgetPath('writers', 'one'));
    expect(Object.keys(spec)).toHaveLength(31);
    expect(metadata.labels).toEqual({ turn: '30' });
    // A client that writes whole objects, such as kubectl replace with an older status, does not reset the status.
    await request(api, 'PUT', widgetPath('writers', 'one'), {
      ...(await request(api, 'GET', widgetPath('writers', 'one'))),
      status: { text: 'forged' },
    });
    expect((await request<Widget>(api, 'GET', widgetPath('writers', 'one'))).status?.text).toBe('30');
  });

  it('announces events, and counts repeated ones', async () => {
    const reconciler = new WidgetReconciler();
    await using _ = await start('events', reconciler);
    await makeWidget(api, 'events', 'one', { text: 'x' });
    type Events = { items: { reason: string; message: string; count: number; involvedObject: { kind: string } }[] };
    const events = async () => (await request<Events>(api, 'GET', '/api/v1/namespaces/events/events')).items;
    await until('an event', async () => (await events()).some(({ message }) => message === 'It says x.'));
    for (const text of ['y', 'x'])
      await request(api, 'PATCH', widgetPath('events', 'one'), { spec: { text } }).then(() =>
        untilText(api, 'events', 'one', text),
      );
    await until('it to be counted', async () =>
      (await events()).some(({ message, count }) => message === 'It says x.' && count === 2),
    );
    expect((await events()).every(({ involvedObject }) => involvedObject.kind === 'Widget')).toBe(true);
  });
});
