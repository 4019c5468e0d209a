import type { IncomingMessage } from 'node:http';
import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import type { AccessStore } from '../../access/access-store.ts';
import { ANONYMOUS, type Tiers } from '../../access/tiers.ts';
import { sourceOf, type TrustsProxy, trustOf } from './address.ts';
import { Allowance } from './allowance.ts';
import type { Caller } from './caller.ts';
import { Counts } from './counts.ts';
import { KnownKeys } from './known-keys.ts';
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

const MAX_REMEMBERED = 50_000;

/** Tells callers apart. */
export class Callers {
  readonly #tiers: Tiers;
  readonly #keys: KnownKeys;
  readonly #counts: Counts;
  readonly #trusts: TrustsProxy;
  readonly #slots: SubscriptionSlots;
  readonly #known = new LRUCache<string, Caller>({ max: MAX_REMEMBERED });

  constructor({ access, tiers, trustedProxies, maxSubscriptions }: CallerOptions, log: Logger) {
    this.#tiers = tiers;
    this.#keys = new KnownKeys(access, log);
    this.#counts = new Counts(access, log);
    this.#trusts = trustOf(trustedProxies);
    this.#slots = new SubscriptionSlots(maxSubscriptions, 'This gateway has');
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
    if (known?.tier === tier) return known;
    const ownSlots = () => new SubscriptionSlots(tier.subscriptions, 'You may have');
    const account = new Allowance(name, () => tier, this.#counts);
    const caller = { tier, isStranger, account, slots: [ownSlots(), this.#slots], connections: ownSlots() };
    this.#known.set(name, caller);
    return caller;
  }
}
