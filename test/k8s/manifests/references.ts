import type {
  V1Container,
  V1LabelSelector,
  V1NetworkPolicyIngressRule,
  V1PodSpec,
  V1PodTemplateSpec,
  V1RoleRef,
  V1ServicePort,
} from '@kubernetes/client-node';
import type { Rendered } from './rendered.ts';

type Labels = Readonly<Record<string, string>>;

/** An object that creates Pods, and their labels and ports. */
export interface Maker {
  readonly object: Rendered;
  readonly template: V1PodTemplateSpec & { readonly spec: V1PodSpec };
}

export function makersOfPods(objects: readonly Rendered[]): Maker[] {
  const makers = objects.filter(({ kind }) => ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(kind));
  return makers.map((object) => ({ object, template: object.spec.template }));
}

/** Missing targets of references: Pods and their ports, accounts, roles, volumes. */
export function danglingReferences(objects: readonly Rendered[]): string[] {
  return objects.flatMap((object) => {
    const check = CHECKS[object.kind];
    return (check?.(object, objects) ?? []).map((what) => `${object.kind} ${object.metadata.name}: ${what}`);
  });
}

type Check = (object: Rendered, all: readonly Rendered[]) => string[];

const CHECKS: Readonly<Record<string, Check>> = {
  Deployment: ofMaker,
  StatefulSet: ofMaker,
  RoleBinding: ofBinding,
  ClusterRoleBinding: ofBinding,
  Service: (object, all) => {
    const ports = (object.spec.ports as V1ServicePort[]).map(({ targetPort }) => targetPort);
    return withoutPods(object, all, object.spec.selector, ports);
  },
  PodDisruptionBudget: (object, all) => withoutPods(object, all, object.spec.selector.matchLabels),
  NetworkPolicy: (object, all) => {
    const { matchLabels } = object.spec.podSelector as V1LabelSelector;
    const rules: V1NetworkPolicyIngressRule[] = object.spec.ingress ?? [];
    const ports = rules.flatMap((rule) => rule.ports ?? []).map(({ port }) => port);
    return matchLabels === undefined ? [] : withoutPods(object, all, matchLabels, ports);
  },
  ServiceMonitor: (object, all) => {
    const { selector, endpoints } = object.spec as { selector: V1LabelSelector; endpoints: { port: string }[] };
    const services = inNamespaceOf(object, all).filter(({ kind }) => kind === 'Service');
    const selected = services.filter(({ metadata }) => matches(metadata.labels, selector.matchLabels));
    const names = selected.flatMap(({ spec }) => (spec.ports as V1ServicePort[]).map(({ name }) => name));
    return endpoints.filter(({ port }) => !names.includes(port)).map(({ port }) => `no Service has a port ${port}`);
  },
};

/** Empty if a selector finds Pods and they have all ports. */
function withoutPods(object: Rendered, all: readonly Rendered[], selector: Labels, ports: unknown[] = []): string[] {
  const makers = makersOfPods(inNamespaceOf(object, all));
  const selected = makers.filter(({ template }) => matches(template.metadata?.labels, selector));
  if (selected.length === 0) return ['selects no Pods'];
  const names = selected.flatMap(({ template }) => portsOf(template.spec));
  return ports.filter((port) => !names.includes(port as string)).map((port) => `no Pod has a port ${port}`);
}

function ofMaker(object: Rendered, all: readonly Rendered[]): string[] {
  const [{ template }] = makersOfPods([object]) as [Maker];
  const { serviceAccountName = 'default', volumes = [], containers } = template.spec;
  const accounts = inNamespaceOf(object, all).filter(({ kind }) => kind === 'ServiceAccount');
  const hasAccount = accounts.some(({ metadata }) => metadata.name === serviceAccountName);
  const mounts = containers.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  const unknown = mounts.filter((mount) => !volumes.some(({ name }) => name === mount));
  const ports = portsOf(template.spec);
  return [
    ...(matches(template.metadata?.labels, object.spec.selector.matchLabels) ? [] : ['does not select its own Pods']),
    ...(hasAccount ? [] : [`no account ${serviceAccountName}`]),
    ...unknown.map((name) => `no volume ${name}`),
    ...containers
      .flatMap(probedPorts)
      .filter((port) => !ports.includes(port))
      .map((port) => `no port ${port} to probe`),
  ];
}

function ofBinding(object: Rendered, all: readonly Rendered[]): string[] {
  const { kind, name } = object.roleRef as V1RoleRef;
  const place = kind === 'Role' ? object.metadata.namespace : undefined;
  const isThere = (wanted: { kind: string; name: string; namespace?: string | undefined }) =>
    all.some(
      ({ kind: of, metadata }) =>
        of === wanted.kind && metadata.name === wanted.name && metadata.namespace === wanted.namespace,
    );
  const subjects = object.subjects as { kind: string; name: string; namespace: string }[];
  const wanted = [{ kind, name, namespace: place }, ...subjects];
  return wanted.filter((of) => !isThere(of)).map((of) => `no ${of.kind} ${of.name}`);
}

function inNamespaceOf({ metadata }: Rendered, all: readonly Rendered[]): Rendered[] {
  return all.filter((object) => object.metadata.namespace === metadata.namespace);
}

function portsOf({ containers }: V1PodSpec): string[] {
  return containers.flatMap(({ ports = [] }) => ports.map(({ name }) => name!));
}

function probedPorts({ livenessProbe, readinessProbe, startupProbe }: V1Container): string[] {
  const probes = [livenessProbe, readinessProbe, startupProbe];
  const ports = probes.flatMap((probe) => [probe?.httpGet?.port, probe?.tcpSocket?.port]);
  return ports.filter((port) => port !== undefined) as string[];
}

function matches(labels: Labels = {}, selector: Labels = {}): boolean {
  return Object.entries(selector).every(([name, value]) => labels[name] === value);
}
