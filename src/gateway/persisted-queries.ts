import { LRUCache } from 'lru-cache';
import { memoryShare } from './limits/memory-share.ts';

/** What the texts take together, at most and of all memory: two bytes for a character. */
const MAX_BYTES = 32 * 1024 * 1024;
const SHARE = 1 / 64;

/** Query texts by their hashes (automatic persisted queries), as Apollo keeps them here: those that were answered. */
export interface PersistedQueries {
  get(key: string): Promise<string | undefined>;
  set(key: string, text: string): Promise<void>;
  delete(key: string): Promise<boolean>;
}

/** The last ones that were sent along with their hash. */
export function rememberedQueries(): PersistedQueries {
  const texts = new LRUCache<string, string>({
    maxSize: memoryShare(SHARE, MAX_BYTES),
    sizeCalculation: (text, key) => 2 * (text.length + key.length),
  });
  return {
    get: async (key) => texts.get(key),
    set: async (key, text) => void texts.set(key, text),
    delete: async (key) => texts.delete(key),
  };
}
