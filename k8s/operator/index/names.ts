import { BITCOIN_INDEX } from '../../api/bitcoin-index.ts';
import { API_VERSION } from '../../api/custom-resource.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { managedLabels, selectorLabels, selectorText } from '../runtime/labels.ts';
import type { ObjectKey, Resource } from '../runtime/resource.ts';

/** The kind, as the API calls it. */
export const INDEX: Resource = { apiVersion: API_VERSION, kind: BITCOIN_INDEX.kind, plural: BITCOIN_INDEX.plural };

/** What an index consists of. */
export type Component = 'indexer' | 'gateway' | 'mongodb';

export const GATEWAY_PORT = 4_000;
export const METRICS_PORT = 9_464;
export const MONGODB_PORT = 27_017;

/** The key of the Secret `NAME-checksum` under which the salt of checksums is kept. */
export const SALT_KEY = 'salt';

/** The name of a part of an index; the Service of its gateways has the name of the index itself. */
export function partName({ metadata }: BitcoinIndex, part: Component | 'checksum' | 'metrics'): string {
  return `${metadata.name}-${part}`;
}

/** Where the gateways of an index are reached from within the cluster. */
export function gatewayUrl({ namespace, name }: ObjectKey): string {
  return `http://${name}.${namespace}.svc:${GATEWAY_PORT}`;
}

/** Where GraphQL is answered: for everybody where there is an Ingress, else for the cluster. */
export function publicUrl({ spec, metadata }: BitcoinIndex): string {
  const { ingress } = spec.gateway;
  if (ingress === undefined) return `${gatewayUrl(metadata)}/graphql`;
  return `http${ingress.tlsSecretName === undefined ? '' : 's'}://${ingress.host}/graphql`;
}

/** The labels that Pods of a component are selected by. */
export function selectorOf({ metadata }: BitcoinIndex, component: Component): Record<string, string> {
  return selectorLabels({ name: softwareOf(component), instance: metadata.name, component });
}

/** The labels of everything that belongs to a component, or to none in particular. */
export function labelsOf({ metadata }: BitcoinIndex, component?: Component): Record<string, string> {
  const instance = metadata.name;
  return managedLabels({ name: softwareOf(component), instance, ...(component !== undefined && { component }) });
}

/** Selects the claims of all databases, as kubectl's -l. */
export const DATABASE_SELECTOR = selectorText({ name: 'mongodb', component: 'mongodb' });

function softwareOf(component: Component | undefined): string {
  return component === 'mongodb' ? 'mongodb' : 'bitql';
}
