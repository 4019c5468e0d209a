import { type ApiObject, controlledBy, type KubernetesObject, type OwnerReference, type Resource } from './resource.ts';

/** How a child is named and found. */
export interface ChildIdentity {
  readonly resource: Resource;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>> | undefined;
  /** [controlled by the owner, so that it is deleted with it] */
  readonly owners?: readonly OwnerReference[];
}

/** The desired state of a child of an object. @param body everything but kind and metadata */
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
