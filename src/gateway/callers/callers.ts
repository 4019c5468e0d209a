import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { AccessStore, ApiKey } from '../../access/access-store.ts';
import { ANONYMOUS, type Tier, type Tiers } from '../../access/tiers.ts';
import { errorCode } from '../../errors.ts';
import { peerOf, sourceOf, type TrustsProxy, trustOf } from './address.ts';
import { Caller, type Identity, type SharedLimits, SubscriptionSlots } from './caller.ts';
import { Counts } from './counts.ts';
import { KeyWatch, KnownKeys } from './keys.ts';

/** Who may ask, and how much. */
export interface CallerOptions {
  readonly access: AccessStore;
  readonly tiers: Tiers;
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-For is trusted. */
  readonly trustedProxies: readonly string[];
  /** The most open subscriptions at this gateway, of all callers together. */
  readonly maxSubscriptions: number;
}

/** Shared by strangers while too many callers are in use to distinguish more. */
const MANY = { name: 'address of many', key: null };

/** Distinguishes callers. */
export class Callers {
  readonly #tiers: Tiers;
  readonly #keys: KnownKeys;
  readonly #trusts: TrustsProxy;
  readonly #common: SharedLimits;
  readonly #known = new Remembered();

  constructor({ access, tiers, trustedProxies, maxSubscriptions }: CallerOptions, log: Logger) {
    this.#tiers = tiers;
    this.#keys = new KnownKeys(access, log);
    this.#trusts = trustOf(trustedProxies);
    const slots = new SubscriptionSlots(() => maxSubscriptions, {
      whose: 'This gateway already has',
      advice: 'try again later',
    });
    const watch = new KeyWatch(this.#keys, (key, caller) => caller.accept(this.#tier(key.tier)));
    this.#common = { counts: new Counts(access, log), slots, watch };
  }

  /**
   * The caller that sends a request. Its address pays for a wrong key as for any request.
   * @param authorization replaces the header, for clients in browsers that cannot set it
   * @throws UNAUTHENTICATED, RATE_LIMITED, STORE_UNAVAILABLE...
   */
  async identify(request: IncomingMessage, authorization = request.headers.authorization): Promise<Caller> {
    if (authorization === undefined) return this.at(request);
    const { id, tier } = await this.#authenticate(request, authorization);
    return this.#caller({ name: `key ${id}`, tier: this.#tier(tier), key: id });
  }

  /** The caller for the address of a request, before it authenticates. */
  at(request: IncomingMessage): Caller {
    const name = `address ${sourceOf(request, this.#trusts)}`;
    return this.#caller({ name, tier: this.#tiers.anonymous, key: null });
  }

  /** The address that a connection counts for before it sends anything; null if it is not counted. */
  peerAt(remoteAddress: string | undefined): string | null {
    return peerOf(remoteAddress, this.#trusts);
  }

  async #authenticate(request: IncomingMessage, authorization: string): Promise<ApiKey> {
    const pay = () => this.at(request).keyTries.pay();
    const payment = this.#keys.remembers(authorization) ? null : await pay();
    try {
      const key = await this.#keys.authenticate(authorization);
      payment?.giveBack(payment.points);
      return key;
    } catch (error) {
      if (errorCode(error) !== 'UNAUTHENTICATED') payment?.giveBack(payment.points);
      else if (payment === null) await pay();
      throw error;
    }
  }

  /** A key with a tier that this gateway does not know has the tier of strangers. */
  #tier(name: string): Tier {
    return this.#tiers[name] ?? this.#tiers[ANONYMOUS];
  }

  #caller(identity: Identity): Caller {
    const { name, tier, key } = identity;
    const known = this.#known.get(name);
    if (known !== undefined) {
      known.accept(tier);
      return known;
    }
    // The number of keys is limited by their administrator.
    if (!this.#known.makeRoom() && key === null && name !== MANY.name) return this.#caller({ ...MANY, tier });
    const caller = new Caller(identity, this.#common);
    this.#known.set(name, caller);
    return caller;
  }
}

/** The most callers to remember. */
export const MAX_REMEMBERED = 50_000;
/** How many of the oldest are examined to find one that can be forgotten. */
const LOOKED_AT = 64;

/**
 * Remembers recent callers, and all that are in use: a caller with something open, or unreported spending, is not forgotten.
 */
class Remembered {
  /** Ordered by last use, oldest first. */
  readonly #callers = new Map<string, Caller>();

  get(name: string): Caller | undefined {
    const caller = this.#callers.get(name);
    if (caller !== undefined) this.#refresh(name, caller);
    return caller;
  }

  set(name: string, caller: Caller): void {
    this.#callers.set(name, caller);
  }

  /** Makes room for one more; false if too many are in use. */
  makeRoom(): boolean {
    let lookedAt = 0;
    for (const [name, caller] of this.#callers) {
      if (this.#callers.size < MAX_REMEMBERED || lookedAt++ === LOOKED_AT) break;
      if (caller.isInUse) this.#refresh(name, caller);
      else this.#callers.delete(name);
    }
    return this.#callers.size < MAX_REMEMBERED;
  }

  #refresh(name: string, caller: Caller): void {
    this.#callers.delete(name);
    this.#callers.set(name, caller);
  }
}
