import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { AccessStore, ApiKey } from '../../access/access-store.ts';
import { ANONYMOUS, type Tier, type Tiers } from '../../access/tiers.ts';
import { errorCode } from '../../errors.ts';
import { peerOf, sourceOf, type TrustsProxy, trustOf } from './address.ts';
import { Caller, type Identity, type SharedLimits } from './caller.ts';
import { Counts } from './counts.ts';
import { KeyWatch } from './key-watch.ts';
import { KnownKeys } from './known-keys.ts';
import { Remembered } from './remembered.ts';
import { SubscriptionSlots } from './subscription-slots.ts';

/** Who may ask, and how much. */
export interface CallerOptions {
  readonly access: AccessStore;
  readonly tiers: Tiers;
  /** Addresses and CIDR ranges of proxies whose X-Forwarded-For counts. */
  readonly trustedProxies: readonly string[];
  /** Open at this gateway, of all callers together. */
  readonly maxSubscriptions: number;
}

/** Strangers, while too many callers are in use to tell more of them apart. */
const MANY = { name: 'address of many', key: null };

/** Tells callers apart. */
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
    const slots = new SubscriptionSlots(() => maxSubscriptions, 'This gateway already has');
    const watch = new KeyWatch(this.#keys, (key, caller) => caller.accept(this.#tier(key.tier)));
    this.#common = { counts: new Counts(access, log), slots, watch };
  }

  /**
   * Who sends a request. Its address pays for a key that is none, as for any request.
   * @param authorization beside that of its header, for what browsers can give none
   * @throws UNAUTHENTICATED, RATE_LIMITED, STORE_UNAVAILABLE...
   */
  async identify(request: IncomingMessage, authorization = request.headers.authorization): Promise<Caller> {
    if (authorization === undefined) return this.at(request);
    const { id, tier } = await this.#authenticate(request, authorization);
    return this.#caller({ name: `key ${id}`, tier: this.#tier(tier), key: id });
  }

  /** Whoever is where a request comes from, as long as it does not say who it is. */
  at(request: IncomingMessage): Caller {
    const name = `address ${sourceOf(request, this.#trusts)}`;
    return this.#caller({ name, tier: this.#tiers.anonymous, key: null });
  }

  /** Whose a connection counts as before anything was sent over it; null where it is not told apart. */
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

  /** A key of a tier that this gateway was not told of has what anybody has. */
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
    // There are only as many keys as somebody has made.
    if (!this.#known.makeRoom() && key === null && name !== MANY.name) return this.#caller({ ...MANY, tier });
    const caller = new Caller(identity, this.#common);
    this.#known.set(name, caller);
    return caller;
  }
}
