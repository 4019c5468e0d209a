import type { Tier } from '../../access/tiers.ts';
import type { BitqlError } from '../../errors.ts';
import { RequestDeadline } from '../limits/deadline.ts';
import type { Rank } from '../limits/lane.ts';
import { Allowance } from './allowance.ts';
import type { Counts } from './counts.ts';
import { KeyTries } from './key-tries.ts';
import type { KeyWatch } from './key-watch.ts';
import { SubscriptionSlots } from './subscription-slots.ts';

/** What callers of a gateway have in common. */
export interface SharedLimits {
  readonly counts: Counts;
  /** Those of all callers. */
  readonly slots: SubscriptionSlots;
  readonly watch: KeyWatch;
}

/** Who somebody is. */
export interface Identity {
  /** It counts under this name at all gateways. */
  readonly name: string;
  readonly tier: Tier;
  /** The id of its key; null for whoever has none. */
  readonly key: string | null;
}

/** Who asks: the owner of a key, or whoever is at an address. */
export class Caller {
  /** Another one, if that of its key has changed: it holds for what is open, too. */
  tier: Tier;
  /** Whether it has no key. */
  readonly isStranger: boolean;
  readonly account: Allowance;
  /** What it gave for keys without having one. */
  readonly keyTries: KeyTries;
  /** Its WebSockets: as many as subscriptions. */
  readonly connections: SubscriptionSlots;
  readonly #own: SubscriptionSlots;
  readonly #ofAll: SubscriptionSlots;
  readonly #onRevoked = new Set<(refusal: BitqlError) => void>();
  #refusal: BitqlError | null = null;

  constructor({ name, tier, key }: Identity, { counts, slots, watch }: SharedLimits) {
    this.tier = tier;
    this.isStranger = key === null;
    this.account = new Allowance(name, () => this.tier, counts);
    this.keyTries = new KeyTries(this.account);
    const most = () => this.tier.subscriptions;
    const onTake = () => {
      if (key !== null) watch.add(key, this);
    };
    this.connections = new SubscriptionSlots(most, 'You already have', onTake);
    this.#own = new SubscriptionSlots(most, 'You already have', onTake);
    this.#ofAll = slots;
  }

  /** Where it stands among those who wait for their turn: as much as its tier may spend. */
  get rank(): Rank {
    return { isStranger: this.isStranger, weight: Math.max(1, this.tier.costPerMinute) };
  }

  /** Whether something is known of it here that counts and stands nowhere else. */
  get isInUse(): boolean {
    return this.hasOpen || this.account.isUntold;
  }

  /** Whether it has subscriptions, or connections that may have some. */
  get hasOpen(): boolean {
    return this.connections.open > 0 || this.#own.open > 0;
  }

  /** Its key is good, and of a tier, as of now. */
  accept(tier: Tier): void {
    this.tier = tier;
    this.#refusal = null;
  }

  /** Its key is good no more: nothing begins by it, and what is open ends. */
  revoke(refusal: BitqlError): void {
    this.#refusal = refusal;
    for (const callBack of this.#onRevoked) callBack(refusal);
  }

  /** @throws UNAUTHENTICATED once its key is revoked */
  requireAccepted(): void {
    if (this.#refusal !== null) throw this.#refusal;
  }

  /** Calls back when its key is revoked. @returns has it not call back any more */
  onRevoked(callBack: (refusal: BitqlError) => void): () => void {
    if (this.#refusal === null) this.#onRevoked.add(callBack);
    else callBack(this.#refusal);
    return () => void this.#onRevoked.delete(callBack);
  }

  /** Takes a place for a subscription. @returns gives it back @throws TOO_MANY_SUBSCRIPTIONS */
  openSubscription(): () => void {
    this.#own.take();
    try {
      this.#ofAll.take();
    } catch (error) {
      this.#own.free();
      throw error;
    }
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#own.free();
      this.#ofAll.free();
    };
  }
}

/** How long a request may take where nobody is told apart. */
const USUAL_DEADLINE_MS = 30_000;

/** What one request may do. */
export interface Terms {
  readonly deadline: RequestDeadline;
  readonly isStranger: boolean;
}

/** What one request of a caller may do; anything, but in time, where nobody is told apart. */
export function termsOf(caller: Caller | null): Terms {
  if (caller === null) return { deadline: new RequestDeadline(USUAL_DEADLINE_MS), isStranger: false };
  const { tier, isStranger } = caller;
  return { deadline: new RequestDeadline(tier.deadlineMs), isStranger };
}
