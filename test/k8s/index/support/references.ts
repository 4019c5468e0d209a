import type {
  V1Deployment,
  V1HorizontalPodAutoscaler,
  V1Ingress,
  V1LabelSelector,
  V1NetworkPolicy,
  V1PodDisruptionBudget,
  V1PodTemplateSpec,
  V1Service,
  V1StatefulSet,
} from '@kubernetes/client-node';
import type { KubernetesObject } from '../../../../k8s/operator/runtime/resource.ts';

/** Objects that exist besides: `Secret NAME KEY`, `ConfigMap NAME KEY`. */
type Given = readonly string[];

/** References to missing things: Pods of selectors, ports, Secrets and ConfigMaps with keys, volumes, targets. */
export function danglingReferences(objects: readonly KubernetesObject[], given: Given): string[] {
  const templates = objects.flatMap(templateOf);
  const keys = new Set([...given, ...objects.flatMap(keysOf)]);
  return [
    ...templates.flatMap((template) => danglingOfPod(template, keys)),
    ...objects.flatMap((object) => danglingOf(object, objects, templates)),
  ];
}

function templateOf(object: KubernetesObject): V1PodTemplateSpec[] {
  const isWorkload = object.kind === 'Deployment' || object.kind === 'StatefulSet';
  return isWorkload ? [(object as unknown as V1Deployment | V1StatefulSet).spec!.template] : [];
}

function keysOf({ kind, metadata, data }: KubernetesObject): string[] {
  return Object.keys((data as object) ?? {}).map((key) => `${kind} ${metadata.name} ${key}`);
}

function danglingOfPod({ spec }: V1PodTemplateSpec, keys: ReadonlySet<string>): string[] {
  const { volumes = [], containers, initContainers = [] } = spec!;
  const all = [...containers, ...initContainers];
  const variables = all
    .flatMap(({ env = [] }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef ?? []))
    .map(({ name, key }) => `Secret ${name} ${key}`);
  const items = volumes.flatMap(({ secret, configMap }) => {
    const [kind, name] = secret ? ['Secret', secret.secretName] : ['ConfigMap', configMap?.name];
    return ((secret ?? configMap)?.items ?? []).map(({ key }) => `${kind} ${name} ${key}`);
  });
  const whole = volumes.flatMap(({ configMap }) =>
    configMap && !configMap.items ? [`ConfigMap ${configMap.name} `] : [],
  );
  const names = new Set(volumes.map(({ name }) => name));
  const mounts = all.flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  const claimed = 'data'; // of a StatefulSet's own claims
  return [
    ...[...variables, ...items].filter((key) => !keys.has(key)),
    ...whole.filter((prefix) => ![...keys].some((key) => key.startsWith(prefix))),
    ...mounts.filter((name) => !names.has(name) && name !== claimed).map((name) => `volume ${name}`),
  ];
}

function danglingOf(
  object: KubernetesObject,
  objects: readonly KubernetesObject[],
  templates: readonly V1PodTemplateSpec[],
): string[] {
  const { kind, metadata } = object;
  const isSelected = (labels: V1LabelSelector['matchLabels']) =>
    templates.filter((template) => matches(labels, template));
  const where = `${kind} ${metadata.name}`;
  switch (kind) {
    case 'Service': {
      const { selector, ports = [] } = (object as unknown as V1Service).spec!;
      const pods = isSelected(selector);
      const open = pods.flatMap(({ spec }) => spec!.containers.flatMap((container) => container.ports ?? []));
      return ports
        .filter(({ targetPort }) => !open.some(({ name }) => name === targetPort))
        .map(({ name }) => `${where} port ${name}`);
    }
    case 'Deployment':
    case 'StatefulSet': {
      const { selector, template } = (object as unknown as V1Deployment).spec!;
      return matches(selector.matchLabels, template) && isSelected(selector.matchLabels).length === 1 ? [] : [where];
    }
    case 'PodDisruptionBudget':
      return isSelected((object as unknown as V1PodDisruptionBudget).spec!.selector!.matchLabels).length === 1
        ? []
        : [where];
    case 'NetworkPolicy':
      return isSelected((object as unknown as V1NetworkPolicy).spec!.podSelector!.matchLabels).length === 1
        ? []
        : [where];
    case 'HorizontalPodAutoscaler': {
      const { kind: target, name } = (object as unknown as V1HorizontalPodAutoscaler).spec!.scaleTargetRef;
      const found = objects.find((other) => other.kind === target && other.metadata.name === name);
      return found !== undefined && isScalable(found) ? [] : [where];
    }
    case 'Ingress': {
      const paths = (object as unknown as V1Ingress).spec!.rules!.flatMap(({ http }) => http!.paths);
      return paths
        .map(({ backend }) => backend.service!)
        .filter(({ name, port }) => !hasPort(objects, name, port!.name!))
        .map(({ name }) => `${where} backend ${name}`);
    }
    case 'ServiceMonitor':
      return danglingMonitor(object, objects);
    default:
      return [];
  }
}

function danglingMonitor({ spec, metadata }: KubernetesObject, objects: readonly KubernetesObject[]): string[] {
  const { endpoints } = spec as { readonly endpoints: readonly { readonly port: string }[] };
  const scraped = objects.filter(
    ({ kind, metadata: { name } }) => kind === 'Service' && hasPort(objects, name, endpoints[0]!.port),
  );
  return scraped.length === 2 ? [] : [`ServiceMonitor ${metadata.name}`];
}

/**
 * Without requests there is no utilization. With a number of Pods, two writers would set it; zero, which stops all, is
 * fine.
 */
function isScalable(object: KubernetesObject): boolean {
  const { template, replicas } = (object as unknown as V1Deployment).spec!;
  const { requests } = template.spec!.containers[0]!.resources!;
  return requests!.cpu !== undefined && (replicas ?? 0) === 0;
}

function hasPort(objects: readonly KubernetesObject[], service: string, port: string): boolean {
  const found = objects.filter(({ kind, metadata }) => kind === 'Service' && metadata.name === service);
  return found.some((object) => (object as unknown as V1Service).spec!.ports!.some(({ name }) => name === port));
}

function matches(labels: V1LabelSelector['matchLabels'], { metadata }: V1PodTemplateSpec): boolean {
  const entries = Object.entries(labels ?? {});
  return entries.length > 0 && entries.every(([name, value]) => metadata?.labels?.[name] === value);
}
