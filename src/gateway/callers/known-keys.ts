import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { AccessStore, ApiKey } from '../../access/access-store.ts';
import { isSecretOf, KEY_LOOKS, type KeyText, parseKey } from '../../access/keys.ts';
import { BitqlError } from '../../errors.ts';

/** How long a key is taken for what it was, in milliseconds: a revoked one is refused after that. */
export const TRUST_MS = 2_000;
const MAX_KEYS = 10_000;
const HOUR_MS = 3_600_000;

interface KnownKey {
  readonly key: ApiKey | null;
  /** By `performance.now()`. */
  readonly at: number;
}

/** The keys that were used lately. */
export class KnownKeys {
  readonly #access: AccessStore;
  readonly #log: Logger;
  readonly #known = new LRUCache<string, KnownKey>({ max: MAX_KEYS });
  readonly #asked = new Map<string, Promise<KnownKey>>();

  constructor(access: AccessStore, log: Logger) {
    this.#access = access;
    this.#log = log;
  }

  /** The key of an authorization header. @throws UNAUTHENTICATED, STORE_UNAVAILABLE... */
  async authenticate(authorization: string): Promise<ApiKey> {
    const given = keyIn(authorization);
    if (given === null) throw unauthenticated(`Send the API key as "authorization: Bearer KEY", where ${KEY_LOOKS}.`);
    const key = await this.find(given.id);
    if (key === null || !isSecretOf(key, given.secret)) throw revoked();
    this.#markUsed(key);
    return key;
  }

  /** Whether an authorization header names a key that was good when it was last looked up, or is being looked up. */
  remembers(authorization: string): boolean {
    const given = keyIn(authorization);
    return given !== null && (this.#known.get(given.id)?.key != null || this.#asked.has(given.id));
  }

  /** Null for one that there is not. @param maxAgeMs how long ago that may have been asked @throws STORE_UNAVAILABLE... */
  async find(id: string, maxAgeMs = TRUST_MS): Promise<ApiKey | null> {
    const known = this.#known.get(id);
    if (known !== undefined && performance.now() - known.at < maxAgeMs) return known.key;
    const asking = this.#asked.get(id) ?? this.#ask(id).finally(() => this.#asked.delete(id));
    this.#asked.set(id, asking);
    return (await asking).key;
  }

  async #ask(id: string): Promise<KnownKey> {
    const found = { key: await this.#access.findKey(id), at: performance.now() };
    this.#known.set(id, found);
    return found;
  }

  #markUsed({ id, lastUsedAt }: ApiKey): void {
    const hour = Math.floor(Date.now() / HOUR_MS) * HOUR_MS;
    const known = this.#known.get(id);
    if (lastUsedAt === hour || known?.key == null || known.key.lastUsedAt === hour) return;
    this.#known.set(id, { ...known, key: { ...known.key, lastUsedAt: hour } });
    this.#access.markUsed(id, hour).catch((error: unknown) => {
      this.#log.debug({ err: error }, 'The last use of a key could not be stored');
    });
  }
}

function keyIn(authorization: string): KeyText | null {
  const [scheme = '', text = ''] = authorization.trim().split(/\s+/, 2);
  return scheme.toLowerCase() === 'bearer' ? parseKey(text) : null;
}

/** What becomes of whoever has a key that is not there. */
export function revoked(): BitqlError {
  return unauthenticated('The API key is unknown or revoked.');
}

function unauthenticated(message: string): BitqlError {
  return new BitqlError('UNAUTHENTICATED', message);
}
