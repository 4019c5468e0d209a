import type { V1Container, V1EnvFromSource, V1EnvVar, V1Pod, V1Service } from '@kubernetes/client-node';

/** The sources of a container's environment. */
export interface Surroundings {
  readonly pod: V1Pod;
  readonly podAddress: string;
  readonly hostAddress: string;
  /** The values of a Secret or a ConfigMap; null if there is none. */
  valuesOf(kind: 'secrets' | 'configmaps', name: string): Promise<ReadonlyMap<string, Buffer> | null>;
}

/** The variables of a container, in the order in which they may refer to each other. */
export async function environmentOf(
  { env = [], envFrom = [] }: V1Container,
  inherited: Readonly<Record<string, string>>,
  around: Surroundings,
): Promise<Map<string, string>> {
  const variables = new Map(Object.entries(inherited));
  for (const source of envFrom) {
    for (const [name, value] of await allOf(source, around)) variables.set(`${source.prefix ?? ''}${name}`, value);
  }
  for (const variable of env) {
    const value = await valueFor(variable, around, variables);
    if (value !== null) variables.set(variable.name, value);
  }
  return variables;
}

/** Replaces $(NAME) by values; $$ stands for $, and unknown names stay. */
export function expand(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$\$|\$\(([-._a-zA-Z][-._a-zA-Z0-9]*)\)/g, (reference, name: string | undefined) => {
    if (name === undefined) return '$';
    return variables.get(name) ?? reference;
  });
}

/** Variables of Pods for the Services of their namespace (enableServiceLinks). */
export function serviceLinks(services: readonly V1Service[], addressOf: (service: V1Service) => string | undefined) {
  const links: Record<string, string> = {};
  for (const service of services) {
    const host = addressOf(service);
    const ports = service.spec?.ports ?? [];
    if (host === undefined || ports.length === 0) continue;
    const name = service.metadata!.name!.toUpperCase().replaceAll('-', '_');
    links[`${name}_SERVICE_HOST`] = host;
    links[`${name}_SERVICE_PORT`] = String(ports[0]!.port);
    links[`${name}_PORT`] = `tcp://${host}:${ports[0]!.port}`;
    for (const { name: portName, port } of ports) {
      if (portName) links[`${name}_SERVICE_PORT_${portName.toUpperCase().replaceAll('-', '_')}`] = String(port);
      links[`${name}_PORT_${port}_TCP`] = `tcp://${host}:${port}`;
      links[`${name}_PORT_${port}_TCP_PROTO`] = 'tcp';
      links[`${name}_PORT_${port}_TCP_PORT`] = String(port);
      links[`${name}_PORT_${port}_TCP_ADDR`] = host;
    }
  }
  return links;
}

/** The value of a field of a Pod for its containers (the "downward API"). */
export function fieldOf(path: string, { pod, podAddress, hostAddress }: Surroundings): string {
  const [, map, key] = /^metadata\.(labels|annotations)\['(.*)'\]$/.exec(path) ?? [];
  if (key !== undefined) return pod.metadata![map as 'labels' | 'annotations']?.[key] ?? '';
  const fields: Readonly<Record<string, string | undefined>> = {
    'metadata.name': pod.metadata!.name,
    'metadata.namespace': pod.metadata!.namespace,
    'metadata.uid': pod.metadata!.uid,
    'spec.nodeName': pod.spec!.nodeName,
    'spec.serviceAccountName': pod.spec!.serviceAccountName,
    'status.podIP': podAddress,
    'status.podIPs': podAddress,
    'status.hostIP': hostAddress,
  };
  const value = fields[path];
  if (value === undefined) throw new Error(`no field of a Pod is called ${path} to its containers`);
  return value;
}

async function allOf(source: V1EnvFromSource, around: Surroundings): Promise<[string, string][]> {
  const kind = source.secretRef ? 'secrets' : 'configmaps';
  const { name, optional } = (source.secretRef ?? source.configMapRef)!;
  const values = await around.valuesOf(kind, name!);
  if (values === null && !optional) throw new Error(`${kind} "${name}" not found`);
  return [...(values ?? [])].map(([key, value]) => [key, value.toString()]);
}

async function valueFor(
  { value = '', valueFrom }: V1EnvVar,
  around: Surroundings,
  variables: ReadonlyMap<string, string>,
): Promise<string | null> {
  if (!valueFrom) return expand(value, variables);
  if (valueFrom.fieldRef) return fieldOf(valueFrom.fieldRef.fieldPath, around);
  const reference = valueFrom.secretKeyRef ?? valueFrom.configMapKeyRef;
  if (!reference) throw new Error('this kubelet knows no variable from a resourceFieldRef');
  const kind = valueFrom.secretKeyRef ? 'secrets' : 'configmaps';
  const found = (await around.valuesOf(kind, reference.name!))?.get(reference.key);
  if (found === undefined && !reference.optional)
    throw new Error(`${kind} "${reference.name}" has no ${reference.key}`);
  return found?.toString() ?? null;
}
