import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { AccessStore } from '../../access/access-store.ts';
import { ANONYMOUS, type Tiers } from '../../access/tiers.ts';
import { sourceOf, type TrustsProxy, trustOf } from './address.ts';
import { Caller, type Common } from './caller.ts';
import { Counts } from './counts.ts';
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
const OTHERS = 'address of many';

/** Tells callers apart. */
export class Callers {
  readonly #tiers: Tiers;
  readonly #keys: KnownKeys;
  readonly #trusts: TrustsProxy;
  readonly #common: Common;
  readonly #known = new Remembered();

  constructor({ access, tiers, trustedProxies, maxSubscriptions }: CallerOptions, log: Logger) {
    this.#tiers = tiers;
    this.#keys = new KnownKeys(access, log);
    this.#trusts = trustOf(trustedProxies);
    const slots = new SubscriptionSlots(() => maxSubscriptions, 'This gateway has');
    this.#common = { counts: new Counts(access, log), slots };
  }

  /**
   * Who sends a request.
   * @param authorization beside that of its header, for what browsers can give none
   * @throws UNAUTHENTICATED, STORE_UNAVAILABLE...
   */
  async identify(request: IncomingMessage, authorization = request.headers.authorization): Promise<Caller> {
    if (authorization === undefined) return this.at(request);
    const { id, tier } = await this.#keys.authenticate(authorization);
    return this.#caller(`key ${id}`, tier, false);
  }

  /** Whoever is where a request comes from, as long as it does not say who it is. */
  at(request: IncomingMessage): Caller {
    return this.#caller(`address ${sourceOf(request, this.#trusts)}`, ANONYMOUS, true);
  }

  /** A key of a tier that this gateway was not told of has what anybody has. */
  #caller(name: string, tierName: string, isStranger: boolean): Caller {
    const tier = this.#tiers[tierName] ?? this.#tiers[ANONYMOUS];
    const known = this.#known.get(name);
    if (known !== undefined) {
      known.tier = tier;
      return known;
    }
    // There are only as many keys as somebody has made.
    if (!this.#known.makeRoom() && isStranger && name !== OTHERS) return this.#caller(OTHERS, tierName, isStranger);
    const caller = new Caller(name, tier, isStranger, this.#common);
    this.#known.set(name, caller);
    return caller;
  }
}
