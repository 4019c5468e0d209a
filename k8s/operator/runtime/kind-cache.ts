import { type OnChange, Reflector, type ReflectorOptions, type Selection } from './reflector.ts';
import { type ApiObject, type Key, type KubernetesObject, keyText, type Resource } from './resource.ts';

export type Listener = OnChange;

/** All objects of a kind in the namespaces that an operator looks after, and whoever wants to hear of their changes. */
export class KindCache {
  readonly resource: Resource;
  readonly #reflectors: readonly Reflector[];
  readonly #listeners: Listener[] = [];

  /** @param namespaces null for all */
  constructor(
    selection: Omit<Selection, 'namespace'>,
    namespaces: readonly string[] | null,
    options: ReflectorOptions,
  ) {
    this.resource = selection.resource;
    const tell: Listener = (object, change, before) => {
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

  get(key: Key): KubernetesObject | undefined {
    const text = keyText(key);
    return this.#reflectors.map(({ objects }) => objects.get(text)).find((object) => object !== undefined);
  }

  all(): KubernetesObject[] {
    return [...this.objects()];
  }

  *objects(): Generator<KubernetesObject> {
    for (const { objects } of this.#reflectors) yield* objects.values();
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  note(object: ApiObject): void {
    for (const reflector of this.#reflectors) reflector.note(object);
  }

  async run(signal: AbortSignal): Promise<void> {
    await Promise.all(this.#reflectors.map((reflector) => reflector.run(signal)));
  }
}
