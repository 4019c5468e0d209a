import { until } from '../../../../dev/until.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../../../../k8s/operator/runtime/child.ts';
import { CONFIG_MAP, SECRET } from '../../../../k8s/operator/runtime/kinds.ts';
import type {
  ReconcileContext,
  ReconcileResult,
  Reconciler,
  Watched,
} from '../../../../k8s/operator/runtime/reconciler.ts';
import {
  type ApiObject,
  controlledBy,
  type ObjectMeta,
  type Resource,
} from '../../../../k8s/operator/runtime/resource.ts';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';
import { makeCrds } from '../../support/crds.ts';

/** A kind to reconcile: a Widget asks for a ConfigMap with its text. */
export interface Widget extends ApiObject {
  readonly spec: {
    readonly text: string;
    /** The reconcile ends only when a ConfigMap of this name exists, so the test decides when. */
    readonly waitsFor?: string;
    /** A Secret: a change of it concerns the widget. */
    readonly secret?: string;
  };
  readonly status?: { readonly text?: string; readonly observedGeneration?: number };
}

export const WIDGET = { apiVersion: 'test.bitql.dev/v1', kind: 'Widget', plural: 'widgets' };

/** Makes an API serve Widgets. */
export const WIDGET_DEFINITION = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.test.bitql.dev' },
  spec: {
    group: 'test.bitql.dev',
    scope: 'Namespaced',
    names: { kind: 'Widget', listKind: 'WidgetList', plural: 'widgets', singular: 'widget' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
} as const;

export function defineWidgets(api: KubernetesApi): Promise<void> {
  return makeCrds(api, [WIDGET_DEFINITION]);
}

export async function makeNamespace(api: KubernetesApi, name: string): Promise<void> {
  await request(api, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
}

/** A request with all rights; unsuccessful answers are errors. */
export async function request<T = Record<string, unknown>>(
  api: KubernetesApi,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  const answer = await api.request(method, path, body === undefined ? undefined : JSON.stringify(body), contentType);
  if (answer.status >= 300) throw new Error(`${answer.status} to ${method} ${path}: ${answer.body}`);
  return JSON.parse(answer.body) as T;
}

export function widgetPath(namespace: string, name = ''): string {
  return `/apis/test.bitql.dev/v1/namespaces/${namespace}/widgets${name === '' ? '' : `/${name}`}`;
}

export function makeWidget(api: KubernetesApi, namespace: string, name: string, spec: Widget['spec']): Promise<Widget> {
  const { apiVersion, kind } = WIDGET;
  return request<Widget>(api, 'POST', widgetPath(namespace), { apiVersion, kind, metadata: { name }, spec });
}

/** Null if there is none. */
export async function configMap(api: KubernetesApi, namespace: string, name: string) {
  const { status, body } = await api.request('GET', `/api/v1/namespaces/${namespace}/configmaps/${name}`);
  return status === 404 ? null : (JSON.parse(body) as { data?: { text?: string }; metadata: ObjectMeta });
}

/** The ConfigMap of a widget, once it has the text. */
export function untilText(api: KubernetesApi, namespace: string, name: string, text: string) {
  const hasText = async () => {
    const found = await configMap(api, namespace, name).catch(() => null);
    return found?.data?.text === text && found;
  };
  return until(`${namespace}/${name} to be ${text}`, hasText, { intervalMs: 50 });
}

/** Applies the ConfigMap, then reports it in the status and in an event. */
export class WidgetReconciler implements Reconciler<Widget> {
  readonly resource = WIDGET;
  readonly owns: readonly Resource[];
  readonly watches: readonly Watched<Widget>[] = [
    {
      resource: SECRET,
      keysOf: ({ metadata: { namespace = '', name } }, cached) =>
        cached
          .filter(({ metadata, spec }) => metadata.namespace === namespace && spec.secret === name)
          .map(({ metadata }) => ({ namespace, name: metadata.name })),
    },
  ];
  /** The names of widgets, once for each reconcile. */
  readonly reconciled: string[] = [];
  readonly forgotten: string[] = [];
  readonly running = new Set<string>();
  /** What a reconcile throws first. */
  fails: (widget: Widget) => Error | null = () => null;
  /** Called before it does anything. A reconcile without an end ignores its signal. */
  pause: (widget: Widget, signal: AbortSignal) => Promise<void> = async () => {};
  requeueAfterMs: number | undefined;

  constructor(owns: readonly Resource[] = [CONFIG_MAP]) {
    this.owns = owns;
  }

  async reconcile(widget: Widget, { cluster, events, signal }: ReconcileContext): Promise<ReconcileResult> {
    const { name, namespace = '', generation, labels: _, ...rest } = widget.metadata;
    this.reconciled.push(name);
    if (this.running.has(name)) throw new Error(`${name} is reconciled twice at once`);
    this.running.add(name);
    try {
      const failure = this.fails(widget);
      if (failure !== null) throw failure;
      await this.pause(widget, signal);
      if (rest.deletionTimestamp !== undefined) return {};
      const owner = controlledBy(widget);
      const child = (childName: string) => ({
        ...{ apiVersion: 'v1', kind: 'ConfigMap' },
        metadata: { name: childName, namespace, labels: { [MANAGED_BY_LABEL]: MANAGED_BY }, ownerReferences: [owner] },
        data: { text: widget.spec.text },
      });
      if (widget.spec.waitsFor !== undefined) {
        await cluster.apply(child(`${name}-begun`));
        const isThere = () => cluster.get(CONFIG_MAP, namespace, widget.spec.waitsFor!).catch(() => null);
        // It continues as soon as its signal is aborted; what it then writes must not arrive.
        await until('the test', async () => signal.aborted || isThere());
      }
      await cluster.apply(child(name));
      const { text } = widget.spec;
      if (widget.status?.text !== text || widget.status.observedGeneration !== generation) {
        await cluster.applyStatus({ ...widget, status: { text, observedGeneration: generation! } });
        events.record(widget, 'Normal', 'Shown', `It says ${text}.`);
      }
      return this.requeueAfterMs === undefined ? {} : { requeueAfterMs: this.requeueAfterMs };
    } finally {
      this.running.delete(name);
    }
  }

  forget({ name }: { readonly name: string }): void {
    this.forgotten.push(name);
  }
}
