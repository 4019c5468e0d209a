import type { V1Endpoints, V1Service } from '@kubernetes/client-node';
import type { Address } from './relay.ts';

/** Where the names of Services lead, by what the endpoints controller says. */
export interface ServiceTable {
  /** The addresses that a name stands for; null if it is no name of a Service. */
  addressesOf(name: string): readonly string[] | null;
  /** The names by which Pods of a namespace know Services, as /etc/hosts has them. */
  hostsOf(namespace: string): string;
}

export interface KnownService {
  readonly service: V1Service;
  readonly endpoints: V1Endpoints | undefined;
  /** The address of a Service that has one; undefined for headless ones. */
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

/** Where connections to a port of a Service may go: the Pods that are ready, by that port. */
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
