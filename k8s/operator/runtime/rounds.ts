import { type ApiObject, keyOf, keyText, type ObjectKey } from './resource.ts';

/** What a reconciler remembers of each object between two looks at it. A new object of the same name is remembered afresh. */
export class Rounds<Memory> {
  readonly #known = new Map<string, { readonly uid: string | undefined; readonly memory: Memory }>();

  /** @param begin what is remembered at the first look */
  of(object: ApiObject, begin: () => Memory): Memory {
    const key = keyText(keyOf(object));
    const { uid } = object.metadata;
    const known = this.#known.get(key);
    if (known !== undefined && known.uid === uid) return known.memory;
    const memory = begin();
    this.#known.set(key, { uid, memory });
    return memory;
  }

  forget(key: ObjectKey): void {
    this.#known.delete(keyText(key));
  }
}
