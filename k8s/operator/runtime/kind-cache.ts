import { type OnChange, Reflector, type ReflectorOptions, type Selection } from './reflector.ts';
import { type ApiObject, type KubernetesObject, keyOf, keyText, type ObjectKey, type Resource } from './resource.ts';

/** All objects of a kind in the namespaces that an operator looks after, and whoever wants to hear of their changes. */
export class KindCache {
  readonly resource: Resource;
  readonly #reflectors: readonly Reflector[];
  readonly #listeners: OnChange[] = [];
  /** Those that an object controls, by its uid and then by `NAMESPACE/NAME`. */
  readonly #owned = new Map<string, Map<string, KubernetesObject>>();

  /** @param namespaces null for all */
  constructor(
    selection: Omit<Selection, 'namespace'>,
    namespaces: readonly string[] | null,
    options: ReflectorOptions,
  ) {
    this.resource = selection.resource;
    const tell: OnChange = (object, change, before) => {
      if (before !== undefined) this.#disown(before);
      if (change !== 'deleted') this.#own(object);
      for (const listener of this.#listeners) listener(object, change, before);
    };
    this.#reflectors = (namespaces ?? [undefined]).map(
      (namespace) => new Reflector({ ...selection, namespace }, tell, options),
    );
  }

  get isSynced(): boolean {
    return this.#reflectors.every(({ isSynced }) => isSynced);
  }

  get isServed(): boolean {
    return this.#reflectors.every(({ isServed }) => isServed);
  }

  get size(): number {
    return this.#reflectors.reduce((sum, { objects }) => sum + objects.size, 0);
  }

  get(key: ObjectKey): KubernetesObject | undefined {
    const text = keyText(key);
    return this.#reflectors.map(({ objects }) => objects.get(text)).find((object) => object !== undefined);
  }

  all(): KubernetesObject[] {
    return this.#reflectors.flatMap(({ objects }) => [...objects.values()]);
  }

  /** Those that the object with this uid controls. */
  ownedBy(uid: string): Iterable<KubernetesObject> {
    return this.#owned.get(uid)?.values() ?? [];
  }

  listen(listener: OnChange): void {
    this.#listeners.push(listener);
  }

  note(object: ApiObject): void {
    for (const reflector of this.#reflectors) reflector.note(object);
  }

  #own(object: KubernetesObject): void {
    const uid = ownerOf(object);
    if (uid === undefined) return;
    const owned = this.#owned.get(uid) ?? new Map<string, KubernetesObject>();
    this.#owned.set(uid, owned.set(keyText(keyOf(object)), object));
  }

  #disown(object: KubernetesObject): void {
    const uid = ownerOf(object);
    const owned = uid === undefined ? undefined : this.#owned.get(uid);
    owned?.delete(keyText(keyOf(object)));
    if (owned?.size === 0) this.#owned.delete(uid!);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }
}

function ownerOf({ metadata }: ApiObject): string | undefined {
  return metadata.ownerReferences?.find(({ controller }) => controller === true)?.uid;
}
