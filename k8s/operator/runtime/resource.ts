/** What the API calls a kind of objects: what is needed to make the path of one. */
export interface Resource {
  /** Group and version, or the version alone in the core group: `apps/v1`, `v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** As it stands in paths: `statefulsets`. */
  readonly plural: string;
}

/** A kind as the API has it. */
export interface ServedResource extends Resource {
  /** Whether its objects are in namespaces, or of the whole cluster. */
  readonly namespaced: boolean;
}

/** What every object has, as it is sent and as it comes, in JSON: times are texts in RFC 3339. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object of a kind of which no more is known. */
export interface KubernetesObject extends ApiObject {
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  /** Absent in objects of the whole cluster. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  /** Since when it is to go away, for which its finalizers are waited for. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Which object of a kind; the namespace of one of the whole cluster is an empty text. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

export function keyOf({ metadata }: { readonly metadata: ObjectMeta }): ObjectKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

/** `NAMESPACE/NAME`; neither has a slash in it. */
export function keyText({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

export function keyFromText(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** The owner reference of what a controller made for an object: it goes away with it, and only once it may. */
export function controlledBy({ apiVersion, kind, metadata }: ApiObject): OwnerReference {
  const { name, uid } = metadata;
  if (uid === undefined) throw new TypeError(`${kind} ${name} was not read from a cluster: it has no uid.`);
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The owner that controls an object, if that is of the kind in any version. */
export function controllerOf(
  { metadata }: ApiObject,
  owner: Pick<Resource, 'apiVersion' | 'kind'>,
): OwnerReference | undefined {
  return metadata.ownerReferences?.find(
    ({ controller, kind, apiVersion }) =>
      controller === true && kind === owner.kind && groupOf(apiVersion) === groupOf(owner.apiVersion),
  );
}

/** `apps` of `apps/v1`; an empty text for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** The path of all objects of a kind, or of those of a namespace. */
export function collectionPath({ apiVersion, plural }: Resource, namespace?: string): string {
  const inside = namespace === undefined || namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${versionPath(apiVersion)}${inside}/${plural}`;
}

export function objectPath(resource: Resource, { namespace, name }: ObjectKey): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/** Where the API tells which kinds a group has in a version. */
export function versionPath(apiVersion: string): string {
  return `/${groupOf(apiVersion) === '' ? 'api' : 'apis'}/${apiVersion}`;
}

/** An object without the list of who wrote which field: often as large as the rest of it. */
export function withoutManagers<T extends ApiObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { readonly managedFields?: unknown };
  return { ...object, metadata };
}
