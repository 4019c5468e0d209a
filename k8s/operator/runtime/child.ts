import { type ApiObject, controlledBy, type KubernetesObject, type OwnerReference, type Resource } from './resource.ts';

/** Name, labels and owners of a child. */
export interface ChildIdentity {
  readonly resource: Resource;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** [controlled by the owner, so that it is deleted together with it] */
  readonly owners?: readonly OwnerReference[];
}

/** The desired state of a child. @param body everything except kind and metadata */
export function childOf<Body extends object>(
  owner: ApiObject,
  { resource, name, labels, annotations, owners = [controlledBy(owner)] }: ChildIdentity,
  body: Body,
): KubernetesObject & Body {
  const { namespace } = owner.metadata;
  return {
    apiVersion: resource.apiVersion,
    kind: resource.kind,
    metadata: {
      name,
      ...(namespace !== undefined && { namespace }),
      labels,
      ...(annotations !== undefined && { annotations }),
      ...(owners.length > 0 && { ownerReferences: owners }),
    },
    ...body,
  };
}

const NAME_LABEL = 'app.kubernetes.io/name';
const COMPONENT_LABEL = 'app.kubernetes.io/component';
export const INSTANCE_LABEL = 'app.kubernetes.io/instance';
export const MANAGED_BY_LABEL = 'app.kubernetes.io/managed-by';
/** The value of that label on all objects that the operator creates. */
export const MANAGED_BY = 'bitql-operator';
const PART_OF = { 'app.kubernetes.io/part-of': 'bitql' } as const;

/** Labels of the operator's own Pods, in any namespace. */
export const OPERATOR_LABELS = { ...PART_OF, [COMPONENT_LABEL]: 'operator' } as const;

/** What a set of labels describes. */
interface LabelledPart {
  /** The software, for example `bitcoind`. */
  readonly name: string;
  /** The name of the object of our kinds that it belongs to. */
  readonly instance: string;
  /** Absent if it belongs to no component. */
  readonly component?: string;
}

/** Selector labels of Pods. They never change, because a selector is immutable. */
export function selectorLabels({ name, instance, component }: LabelledPart): Record<string, string> {
  return {
    [NAME_LABEL]: name,
    [INSTANCE_LABEL]: instance,
    ...(component !== undefined && { [COMPONENT_LABEL]: component }),
  };
}

/** Labels that users may overwrite in objects of a trigger. */
export function partLabels(part: LabelledPart): Record<string, string> {
  return { ...selectorLabels(part), ...PART_OF };
}

/** Labels of all objects that the operator creates. */
export function managedLabels(part: LabelledPart): Record<string, string> {
  return { ...partLabels(part), [MANAGED_BY_LABEL]: MANAGED_BY };
}

/** A selector in the syntax of kubectl's -l. */
export function selectorText({ name, component }: Pick<LabelledPart, 'name' | 'component'>): string {
  return `${NAME_LABEL}=${name}${component === undefined ? '' : `,${COMPONENT_LABEL}=${component}`}`;
}
