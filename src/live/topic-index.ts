import { mapKey } from '../chain/bytes.ts';
import type { Topic } from './topic.ts';

/** Finds those of many topics that something may be about, at the cost of those that are found. */
export class TopicIndex<T extends Topic = Topic> {
  readonly #byKey = new Map<string, Set<T>>();
  readonly #unkeyed = new Set<T>();
  readonly #ofBlocks = new Set<T>();

  add(topic: T): void {
    if (topic.isOfBlocks) this.#ofBlocks.add(topic);
    else if (topic.keys === null) this.#unkeyed.add(topic);
    else for (const key of topic.keys) this.#atKey(mapKey(key)).add(topic);
  }

  delete(topic: T): void {
    this.#ofBlocks.delete(topic);
    this.#unkeyed.delete(topic);
    for (const key of topic.keys ?? []) {
      const name = mapKey(key);
      const others = this.#byKey.get(name);
      others?.delete(topic);
      if (others?.size === 0) this.#byKey.delete(name);
    }
  }

  /** What is about blocks. */
  get ofBlocks(): Iterable<T> {
    return this.#ofBlocks;
  }

  /** Whether every transaction has to be looked at. */
  get hasUnkeyed(): boolean {
    return this.#unkeyed.size > 0;
  }

  /** The beginnings of postings that are looked for. */
  get keyCount(): number {
    return this.#byKey.size;
  }

  get keys(): Uint8Array[] {
    return Array.from(this.#byKey.keys(), (name) => new Uint8Array(Buffer.from(name, 'latin1')));
  }

  /** What may be about a transaction that has these beginnings of postings. */
  candidates(keys: Iterable<Uint8Array>): T[] {
    const found = new Set<T>(this.#unkeyed);
    if (this.#byKey.size > 0) {
      for (const key of keys) for (const topic of this.#byKey.get(mapKey(key)) ?? []) found.add(topic);
    }
    return [...found];
  }

  #atKey(name: string): Set<T> {
    const found = this.#byKey.get(name) ?? new Set<T>();
    this.#byKey.set(name, found);
    return found;
  }
}
