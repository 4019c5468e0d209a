import type { Tier } from '../../access/tiers.ts';
import { counted } from '../../counted.ts';
import { BitqlError } from '../../errors.ts';
import { RequestDeadline } from '../limits/deadline.ts';
import type { Rank } from '../limits/lane.ts';
import { Allowance } from './allowance.ts';
import type { Counts } from './counts.ts';
import { KeyTries, type KeyWatch } from './keys.ts';

/** What callers of a gateway share. */
export interface SharedLimits {
  readonly counts: Counts;
  /** The slots of all callers together. */
  readonly slots: SubscriptionSlots;
  readonly watch: KeyWatch;
}

/** Identifies a caller. */
export interface Identity {
  /** All gateways count its points under this name. */
  readonly name: string;
  readonly tier: Tier;
  /** The id of its key; null if it has none. */
  readonly key: string | null;
}

const OF_CALLER = { whose: 'You already have', advice: 'close one, or use a key of a higher tier' };

/** A caller: the owner of a key, or an address. */
export class Caller {
  /** Changes with the tier of its key, also for what is open. */
  tier: Tier;
  /** Whether it has no key. */
  readonly isStranger: boolean;
  readonly account: Allowance;
  /** What it pays for attempts with wrong keys. */
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
    this.connections = new SubscriptionSlots(most, OF_CALLER, onTake);
    this.#own = new SubscriptionSlots(most, OF_CALLER, onTake);
    this.#ofAll = slots;
  }

  /** Its priority among callers that wait for their turn: proportional to what its tier may spend. */
  get rank(): Rank {
    return { isStranger: this.isStranger, weight: Math.max(1, this.tier.costPerMinute) };
  }

  /** Whether this process has state of it that is not stored elsewhere. */
  get isInUse(): boolean {
    return this.hasOpen || this.account.hasUnreported;
  }

  /** Whether it has subscriptions, or connections that may have some. */
  get hasOpen(): boolean {
    return this.connections.open > 0 || this.#own.open > 0;
  }

  /** Its key is valid and has this tier. */
  accept(tier: Tier): void {
    this.tier = tier;
    this.#refusal = null;
  }

  /** Its key is no longer valid: it can begin nothing, and what is open ends. */
  revoke(refusal: BitqlError): void {
    this.#refusal = refusal;
    for (const callBack of this.#onRevoked) callBack(refusal);
  }

  /** @throws UNAUTHENTICATED once its key is revoked */
  requireAccepted(): void {
    if (this.#refusal !== null) throw this.#refusal;
  }

  /** Calls back when its key is revoked. @returns removes the callback */
  onRevoked(callBack: (refusal: BitqlError) => void): () => void {
    if (this.#refusal === null) this.#onRevoked.add(callBack);
    else callBack(this.#refusal);
    return () => void this.#onRevoked.delete(callBack);
  }

  /** Takes a place for a subscription. @returns frees it @throws TOO_MANY_SUBSCRIPTIONS */
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

/** How long a request may take if callers are not distinguished. */
const USUAL_DEADLINE_MS = 30_000;

/** The terms of one request. */
interface Terms {
  readonly deadline: RequestDeadline;
  readonly isStranger: boolean;
}

/** The terms of one request of a caller; only a deadline if callers are not distinguished. */
export function termsOf(caller: Caller | null): Terms {
  if (caller === null) return { deadline: new RequestDeadline(USUAL_DEADLINE_MS), isStranger: false };
  const { tier, isStranger } = caller;
  return { deadline: new RequestDeadline(tier.deadlineMs), isStranger };
}

/** How a refusal begins ("You already have"), and what it advises. */
interface SlotWords {
  readonly whose: string;
  readonly advice: string;
}

/** Counts what is open, for a caller or for all together: subscriptions, or connections that may have some. */
export class SubscriptionSlots {
  readonly #most: () => number;
  readonly #words: SlotWords;
  readonly #onTake: () => void;
  #open = 0;

  /**
   * @param most returns the current limit
   * @param onTake called with each slot that is taken
   */
  constructor(most: () => number, words: SlotWords, onTake: () => void = () => {}) {
    this.#most = most;
    this.#words = words;
    this.#onTake = onTake;
  }

  get open(): number {
    return this.#open;
  }

  /** @throws TOO_MANY_SUBSCRIPTIONS */
  take(): void {
    if (!this.tryTake()) {
      const most = counted(this.#most(), 'subscription');
      const { whose, advice } = this.#words;
      throw new BitqlError('TOO_MANY_SUBSCRIPTIONS', `${whose} ${most} open, which is the maximum: ${advice}.`);
    }
  }

  tryTake(): boolean {
    if (this.#open >= this.#most()) return false;
    this.#open++;
    this.#onTake();
    return true;
  }

  free(): void {
    this.#open--;
  }
}
