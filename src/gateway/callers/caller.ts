import type { Tier } from '../../access/tiers.ts';
import type { RequestOptions } from '../context.ts';
import { Deadline } from '../limits/deadline.ts';
import type { Allowance } from './allowance.ts';
import type { SubscriptionSlots } from './subscription-slots.ts';

/** Who asks: the owner of a key, or whoever is at an address. */
export interface Caller {
  readonly tier: Tier;
  /** Whether it has no key. */
  readonly isStranger: boolean;
  readonly account: Allowance;
  /** Its own, and those of all callers of this gateway. */
  readonly slots: readonly SubscriptionSlots[];
  /** Its WebSockets: as many as subscriptions. */
  readonly connections: SubscriptionSlots;
}

/** How long a request may take where nobody is told apart. */
const USUAL_DEADLINE_MS = 30_000;

/** What one request of a caller may do; anything, but in time, where nobody is told apart. */
export function termsOf(caller: Caller | null): Pick<RequestOptions, 'deadline' | 'isStranger'> {
  if (caller === null) return { deadline: new Deadline(USUAL_DEADLINE_MS) };
  const { tier, isStranger } = caller;
  return { deadline: new Deadline(tier.deadlineMs), isStranger };
}

/** Takes a place for a subscription. @returns gives it back @throws TOO_MANY_SUBSCRIPTIONS */
export function openSubscription({ slots }: Caller): () => void {
  const taken: SubscriptionSlots[] = [];
  const free = () => {
    for (const slot of taken.splice(0)) slot.free();
  };
  try {
    for (const slot of slots) {
      slot.take();
      taken.push(slot);
    }
  } catch (error) {
    free();
    throw error;
  }
  return free;
}
