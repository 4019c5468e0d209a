import { createHash } from 'node:crypto';

/** A kind of objects, with what is needed for the path of one. */
export interface Resource {
  /** Group and version, or only the version in the core group: `apps/v1`, `v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  /** Its name in paths: `statefulsets`. */
  readonly plural: string;
}

/** A kind as the API describes it. */
export interface ServedResource extends Resource {
  /** Whether its objects are in namespaces instead of cluster-wide. */
  readonly namespaced: boolean;
}

/** The fields of every object in JSON. Times are strings in RFC 3339. */
export interface ApiObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
}

/** An object of any kind. */
export interface KubernetesObject extends ApiObject {
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  /** Absent in cluster-wide objects. */
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly creationTimestamp?: string;
  /** When its deletion was requested. It stays until its finalizers are gone. */
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

/** Identifies an object of a kind; the namespace of a cluster-wide object is an empty string. */
export interface ObjectKey {
  readonly namespace: string;
  readonly name: string;
}

export function keyOf({ metadata }: { readonly metadata: ObjectMeta }): ObjectKey {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

/** `NAMESPACE/NAME`; neither contains a slash. */
export function keyText({ namespace, name }: ObjectKey): string {
  return `${namespace}/${name}`;
}

export function keyFromText(text: string): ObjectKey {
  const slash = text.indexOf('/');
  return { namespace: text.slice(0, slash), name: text.slice(slash + 1) };
}

/** The owner reference of a child, which is deleted together with its owner. The owner's deletion can wait for it. */
export function controlledBy({ apiVersion, kind, metadata }: ApiObject): OwnerReference {
  const { name, uid } = metadata;
  if (uid === undefined) throw new TypeError(`${kind} ${name} was not read from a cluster: it has no uid.`);
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** The owner that controls an object, if it is of this kind in any version. */
export function controllerOf(
  { metadata }: ApiObject,
  owner: Pick<Resource, 'apiVersion' | 'kind'>,
): OwnerReference | undefined {
  return metadata.ownerReferences?.find(
    ({ controller, kind, apiVersion }) =>
      controller === true && kind === owner.kind && groupOf(apiVersion) === groupOf(owner.apiVersion),
  );
}

/** `apps` for `apps/v1`; an empty string for the core group. */
export function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : '';
}

/** The path of all objects of a kind, or of those in a namespace. */
export function collectionPath({ apiVersion, plural }: Resource, namespace?: string): string {
  const inside = namespace === undefined || namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${versionPath(apiVersion)}${inside}/${plural}`;
}

export function objectPath(resource: Resource, { namespace, name }: ObjectKey): string {
  return `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
}

/** The path of the API's list of kinds of a group in one version. */
export function versionPath(apiVersion: string): string {
  return `/${groupOf(apiVersion) === '' ? 'api' : 'apis'}/${apiVersion}`;
}

/** An object without `managedFields`, which is often as large as the rest. */
export function withoutManagers<T extends ApiObject>(object: T): T {
  const { managedFields: _, ...metadata } = object.metadata as T['metadata'] & { readonly managedFields?: unknown };
  return { ...object, metadata };
}

/** A digest of 32 characters of the JSON of a value. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64').slice(0, 32);
}

/**
 * A digest that stays the same as long as only the status of an object changes. Kinds without generations are compared by their
 * spec. If that is not known either, the resourceVersion counts, which each write changes.
 */
export function contentOf({ metadata, spec }: KubernetesObject): string {
  const { uid, generation, resourceVersion, labels, annotations, finalizers, ownerReferences } = metadata;
  const body = generation ?? (spec === undefined ? resourceVersion : digestOf(spec));
  return digestOf([uid, body, metadata.deletionTimestamp, labels, annotations, finalizers, ownerReferences]);
}

/** A time as Kubernetes writes it: RFC 3339 in whole seconds. @param ms since 1970 */
export function timeText(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The same with microseconds, which Leases need. */
export function microTimeText(ms: number): string {
  return new Date(ms).toISOString().replace('Z', '000Z');
}

/** Versions of objects of one kind are growing numbers. */
export function isNewer(object: ApiObject, than: ApiObject): boolean {
  return BigInt(object.metadata.resourceVersion ?? 0) > BigInt(than.metadata.resourceVersion ?? 0);
}

/** Whether it is a later version of the same object, not a new object of that name. */
export function isNewerOf(object: ApiObject, than: ApiObject): boolean {
  return object.metadata.uid === than.metadata.uid && isNewer(object, than);
}

/** The part of a Secret that is read. */
export interface SecretObject extends ApiObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** The text of a key; undefined if the Secret or the key does not exist, or the text is empty. */
export function secretText(secret: SecretObject | null, key: string): string | undefined {
  const value = secret?.data?.[key];
  return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64').toString();
}

/** Texts in the encoding of a Secret's `data`. */
export function encoded(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}
