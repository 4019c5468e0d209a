import type { V1Endpoints, V1Service } from '@kubernetes/client-node';
import type { Address } from './relay.ts';

/** The targets of Service names, according to the endpoints controller. */
export interface ServiceTable {
  /** The addresses of a name; null if it is not the name of a Service. */
  addressesOf(name: string): readonly string[] | null;
  /** The names of Services for Pods of a namespace, for /etc/hosts. */
  hostsOf(namespace: string): string;
}

export interface KnownService {
  readonly service: V1Service;
  readonly endpoints: V1Endpoints | undefined;
  /** The address of a Service; undefined for headless ones. */
  readonly address: string | undefined;
}

interface Entry {
  readonly namespace: string;
  /** Below the namespace: "node", "node-0.node". */
  readonly name: string;
  readonly addresses: readonly string[];
}

export function serviceTable(services: readonly KnownService[]): ServiceTable {
  const entries = services.flatMap(entriesOf);
  const byName = new Map(entries.flatMap((entry) => namesOf(entry).map((name) => [name, entry.addresses] as const)));
  return {
    addressesOf: (name) => byName.get(name) ?? null,
    hostsOf: (namespace) => entries.flatMap((entry) => linesOf(entry, namespace)).join(''),
  };
}

export function isHeadless(service: V1Service): boolean {
  return service.spec!.clusterIP === 'None';
}

/** The targets of connections to a port of a Service: the ready Pods, with that port. */
export function targetsOf({ service, endpoints }: KnownService, port: number): Address[] {
  const { name } = service.spec!.ports!.find((candidate) => candidate.port === port)!;
  return (endpoints?.subsets ?? []).flatMap(({ addresses = [], ports = [] }) => {
    const target = ports.find((candidate) => candidate.name === name);
    return target ? addresses.map(({ ip }) => ({ host: ip, port: target.port })) : [];
  });
}

function entriesOf({ service, endpoints, address }: KnownService): Entry[] {
  const { name, namespace } = service.metadata as { name: string; namespace: string };
  if (!isHeadless(service)) return address === undefined ? [] : [{ namespace, name, addresses: [address] }];
  const pods = (endpoints?.subsets ?? []).flatMap(({ addresses = [] }) => addresses);
  const named = pods.filter(({ hostname }) => hostname);
  return [
    { namespace, name, addresses: pods.map(({ ip }) => ip) },
    ...named.map(({ hostname, ip }) => ({ namespace, name: `${hostname}.${name}`, addresses: [ip] })),
  ];
}

function namesOf({ name, namespace }: Entry): string[] {
  return ['', '.svc', '.svc.cluster.local'].map((suffix) => `${name}.${namespace}${suffix}`);
}

function linesOf(entry: Entry, namespace: string): string[] {
  const names = [...namesOf(entry), ...(entry.namespace === namespace ? [entry.name] : [])].join(' ');
  return entry.addresses.map((address) => `${address} ${names}\n`);
}
