import type { BitcoinIndex } from '../../api/kinds.ts';
import { MANAGED_BY, MANAGED_BY_LABEL } from '../runtime/controller.ts';
import type { Key, KubernetesObject, OwnerReference } from '../runtime/resource.ts';
import { controlledBy } from '../runtime/resource.ts';

/** What an index consists of. */
export type Component = 'indexer' | 'gateway' | 'mongodb';

export const GATEWAY_PORT = 4_000;
export const METRICS_PORT = 9_464;
export const MONGODB_PORT = 27_017;

/** Of a part of an index; the Service of its gateways has the name of the index itself. */
export function partName({ metadata }: BitcoinIndex, part: Component | 'checksum' | 'metrics'): string {
  return `${metadata.name}-${part}`;
}

/** Where the gateways of an index are reached from within the cluster. */
export function gatewayUrl({ namespace, name }: Key): string {
  return `http://${name}.${namespace}.svc:${GATEWAY_PORT}`;
}

/** What a selector finds the Pods of a component by. It may never change: selectors are immutable. */
export function selectorOf({ metadata }: BitcoinIndex, component: Component): Record<string, string> {
  return {
    'app.kubernetes.io/name': component === 'mongodb' ? 'mongodb' : 'bitql',
    'app.kubernetes.io/instance': metadata.name,
    'app.kubernetes.io/component': component,
  };
}

/** The labels of all that belongs to a component, or to none in particular. */
export function labelsOf(index: BitcoinIndex, component?: Component): Record<string, string> {
  const common = { 'app.kubernetes.io/name': 'bitql', 'app.kubernetes.io/instance': index.metadata.name };
  return {
    ...(component === undefined ? common : selectorOf(index, component)),
    'app.kubernetes.io/part-of': 'bitql',
    [MANAGED_BY_LABEL]: MANAGED_BY,
  };
}

interface Child {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly component?: Component;
  readonly annotations?: Readonly<Record<string, string>>;
  /** [controlled by the index, so that it goes with it] */
  readonly owners?: readonly OwnerReference[];
}

/** An object that belongs to an index, with all but what is its own. */
export function childOf<Body extends object>(index: BitcoinIndex, child: Child, body: Body): KubernetesObject & Body {
  const { apiVersion, kind, name, component, annotations, owners = [controlledBy(index)] } = child;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: index.metadata.namespace,
      labels: labelsOf(index, component),
      ...(annotations && { annotations }),
      ...(owners.length > 0 && { ownerReferences: owners }),
    },
    ...body,
  };
}
