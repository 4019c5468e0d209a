import type { Tier } from '../../access/tiers.ts';
import type { RequestOptions } from '../context.ts';
import { Deadline } from '../limits/deadline.ts';
import { Allowance } from './allowance.ts';
import type { Counts } from './counts.ts';
import { SubscriptionSlots } from './subscription-slots.ts';

/** What callers of a gateway have in common. */
export interface Common {
  readonly counts: Counts;
  /** Those of all callers. */
  readonly slots: SubscriptionSlots;
}

/** Who asks: the owner of a key, or whoever is at an address. */
export class Caller {
  /** Another one, if that of its key has changed: it holds for what is open, too. */
  tier: Tier;
  /** Whether it has no key. */
  readonly isStranger: boolean;
  readonly account: Allowance;
  /** Its WebSockets: as many as subscriptions. */
  readonly connections: SubscriptionSlots;
  readonly #own: SubscriptionSlots;
  readonly #ofAll: SubscriptionSlots;

  constructor(name: string, tier: Tier, isStranger: boolean, { counts, slots }: Common) {
    this.tier = tier;
    this.isStranger = isStranger;
    this.account = new Allowance(name, () => this.tier, counts);
    const most = () => this.tier.subscriptions;
    this.connections = new SubscriptionSlots(most, 'You may have');
    this.#own = new SubscriptionSlots(most, 'You may have');
    this.#ofAll = slots;
  }

  /** Whether something is known of it here that counts and stands nowhere else. */
  get isInUse(): boolean {
    return this.connections.open > 0 || this.#own.open > 0 || this.account.isUntold;
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

/** What one request of a caller may do; anything, but in time, where nobody is told apart. */
export function termsOf(caller: Caller | null): Pick<RequestOptions, 'deadline' | 'isStranger'> {
  if (caller === null) return { deadline: new Deadline(USUAL_DEADLINE_MS) };
  const { tier, isStranger } = caller;
  return { deadline: new Deadline(tier.deadlineMs), isStranger };
}
