import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { AccessStore, ApiKey } from '../../access/access-store.ts';
import { isSecretOf, KEY_LOOKS, type KeyText, parseKey } from '../../access/keys.ts';
import type { Tier } from '../../access/tiers.ts';
import { BitqlError, errorCode } from '../../errors.ts';
import type { Account, PointsPayment } from '../cost/bill.ts';
import { REQUEST_PRICE } from '../cost/pricing.ts';

/** How long a looked-up key is trusted, in milliseconds: a revoked one is refused after that. */
const TRUST_MS = 2_000;
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

  /** Whether an authorization header names a key that was valid when it was last looked up, or is being looked up. */
  remembers(authorization: string): boolean {
    const given = keyIn(authorization);
    return given !== null && (this.#known.get(given.id)?.key != null || this.#asked.has(given.id));
  }

  /** Null if there is no such key. @param maxAgeMs the most age of a remembered answer @throws STORE_UNAVAILABLE... */
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

/** The error for a key that does not exist. */
function revoked(): BitqlError {
  return unauthenticated('The API key is unknown or revoked: ask the operator of the gateway for a new one.');
}

function unauthenticated(message: string): BitqlError {
  return new BitqlError('UNAUTHENTICATED', message);
}

/** Attempts in a minute by an address without points: the caller may have a key, and share the address with others. */
const MAX_UNPAID = 10;
const MINUTE_MS = 60_000;

/** What an address pays for wrong keys. Each attempt is paid before the key is looked up; a valid key gets the payment back. */
export class KeyTries {
  readonly #account: Account;
  #unpaid = 0;
  /** When they are reset, by `performance.now()`. */
  #endsAt = 0;

  constructor(account: Account) {
    this.#account = account;
  }

  /** @throws RATE_LIMITED */
  async pay(): Promise<PointsPayment> {
    try {
      return await this.#account.spend(REQUEST_PRICE);
    } catch (error) {
      if (errorCode(error) !== 'RATE_LIMITED' || !this.#takeUnpaid()) throw error;
      return { points: REQUEST_PRICE, giveBack: () => this.#giveBackUnpaid() };
    }
  }

  #takeUnpaid(): boolean {
    const now = performance.now();
    if (now >= this.#endsAt) [this.#unpaid, this.#endsAt] = [0, now + MINUTE_MS];
    if (this.#unpaid >= MAX_UNPAID) return false;
    this.#unpaid += 1;
    return true;
  }

  #giveBackUnpaid(): void {
    this.#unpaid = Math.max(0, this.#unpaid - 1);
  }
}

/**
 * How old the data of a key may be when it is looked up again, and how often that is: together, the time for which a key is
 * trusted.
 */
const LOOK_MS = TRUST_MS / 2;

/** A caller with something open. */
interface KeyOwner {
  readonly hasOpen: boolean;
  accept(tier: Tier): void;
  revoke(refusal: BitqlError): void;
}

/**
 * Looks up the keys of callers that have something open, so that a revoked key or a changed tier also applies there. A key is
 * looked up once for all that is open; a store that does not answer revokes none.
 */
export class KeyWatch {
  readonly #keys: KnownKeys;
  readonly #apply: (key: ApiKey, caller: KeyOwner) => void;
  readonly #watched = new Map<string, KeyOwner>();
  #timer: NodeJS.Timeout | undefined;

  /** @param apply updates a caller from its key */
  constructor(keys: KnownKeys, apply: (key: ApiKey, caller: KeyOwner) => void) {
    this.#keys = keys;
    this.#apply = apply;
  }

  /** Watches a key as long as its caller has something open. */
  add(id: string, caller: KeyOwner): void {
    this.#watched.set(id, caller);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #look(): void {
    for (const [id, caller] of this.#watched) {
      if (caller.hasOpen) void this.#lookAt(id, caller);
      else this.#watched.delete(id);
    }
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #lookAt(id: string, caller: KeyOwner): Promise<void> {
    try {
      const key = await this.#keys.find(id, LOOK_MS);
      if (key === null) caller.revoke(revoked());
      else this.#apply(key, caller);
    } catch {
      // What is open stays: its key was valid when the store last answered.
    }
  }
}
