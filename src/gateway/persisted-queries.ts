import { LRUCache } from 'lru-cache';

/** Of the texts together, in characters. */
const MAX_LENGTH = 16 * 1024 * 1024;

/** Query texts by their hashes (automatic persisted queries), as Apollo keeps them here: those that were answered. */
export interface PersistedQueries {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/** The last ones that were sent along with their hash. */
export function rememberedQueries(): PersistedQueries {
  const texts = new LRUCache<string, string>({
    maxSize: MAX_LENGTH,
    sizeCalculation: (text, key) => text.length + key.length,
  });
  return {
    get: async (key) => texts.get(key),
    set: async (key, text) => void texts.set(key, text),
    delete: async (key) => texts.delete(key),
  };
}
