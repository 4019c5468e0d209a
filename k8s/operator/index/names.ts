import { BITCOIN_INDEX } from '../../api/bitcoin-index.ts';
import { API_VERSION } from '../../api/custom-resource.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { managedLabels, selectorLabels, selectorText } from '../runtime/child.ts';
import type { ObjectKey, Resource } from '../runtime/resource.ts';

/** The kind, as the API calls it. */
export const INDEX: Resource = { apiVersion: API_VERSION, kind: BITCOIN_INDEX.kind, plural: BITCOIN_INDEX.plural };

/** The components of an index. */
export type Component = 'indexer' | 'gateway' | 'mongodb';

export const GATEWAY_PORT = 4_000;
export const METRICS_PORT = 9_464;
export const MONGODB_PORT = 27_017;

/** The key of the salt of checksums in the Secret `NAME-checksum`. */
export const SALT_KEY = 'salt';

/** The name of a part of an index; the Service of its gateways has the name of the index itself. */
export function partName({ metadata }: BitcoinIndex, part: Component | 'checksum' | 'metrics'): string {
  return `${metadata.name}-${part}`;
}

/** The URL of the gateways of an index inside the cluster. */
export function gatewayUrl({ namespace, name }: ObjectKey): string {
  return `http://${name}.${namespace}.svc:${GATEWAY_PORT}`;
}

/** The URL of GraphQL: the public one if there is an Ingress, otherwise the one inside the cluster. */
export function publicUrl({ spec, metadata }: BitcoinIndex): string {
  const { ingress } = spec.gateway;
  if (ingress === undefined) return `${gatewayUrl(metadata)}/graphql`;
  return `http${ingress.tlsSecretName === undefined ? '' : 's'}://${ingress.host}/graphql`;
}

/** The selector labels of the Pods of a component. */
export function selectorOf({ metadata }: BitcoinIndex, component: Component): Record<string, string> {
  return selectorLabels({ name: softwareOf(component), instance: metadata.name, component });
}

/** The labels of all objects of a component, or of objects that belong to no component. */
export function labelsOf({ metadata }: BitcoinIndex, component?: Component): Record<string, string> {
  const instance = metadata.name;
  return managedLabels({ name: softwareOf(component), instance, ...(component !== undefined && { component }) });
}

/** Selects the claims of all databases, in the syntax of kubectl's -l. */
export const DATABASE_SELECTOR = selectorText({ name: 'mongodb', component: 'mongodb' });

function softwareOf(component: Component | undefined): string {
  return component === 'mongodb' ? 'mongodb' : 'bitql';
}

export const DATABASE = 'bitql';
export const DATABASE_USER = 'bitql';
export const REPLICA_SET = 'rs0';
/** Keys of the Secret of a managed database. */
export const DATABASE_KEYS = { uri: 'uri', username: 'username', password: 'password', keyfile: 'keyfile' } as const;

/** The Secret with the URI of the store: the user's, or that of the managed database. */
export function storeSecret(index: BitcoinIndex): { readonly name: string; readonly key: string } {
  return index.spec.store.secretRef ?? { name: partName(index, 'mongodb'), key: DATABASE_KEYS.uri };
}

/** The addresses of the members of the replica set, for clients and for each other. */
export function memberHosts(index: BitcoinIndex): string[] {
  const service = partName(index, 'mongodb');
  const members = index.spec.store.managed?.members ?? 0;
  return Array.from(
    { length: members },
    (_, ordinal) => `${service}-${ordinal}.${service}.${index.metadata.namespace}.svc:${MONGODB_PORT}`,
  );
}

/** The password is hexadecimal, so it needs no encoding. */
export function databaseUri(index: BitcoinIndex, password: string): string {
  const hosts = memberHosts(index).join(',');
  return `mongodb://${DATABASE_USER}:${password}@${hosts}/${DATABASE}?replicaSet=${REPLICA_SET}&authSource=admin`;
}
