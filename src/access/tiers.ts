import { BitqlError } from '../errors.ts';
import { isJsonObject, type JsonObject, jsonObject } from '../json.ts';

/** What each caller of a tier may do. */
export interface Tier {
  /** What may be spent in a minute, in points of `extensions.cost`. */
  readonly costPerMinute: number;
  /** What may be spent beyond that in an hour. */
  readonly burst: number;
  /** The most that one request may cost, and one event of a subscription. */
  readonly maxCost: number;
  /** How many subscriptions may be open at a gateway. */
  readonly subscriptions: number;
  /** How long one request may take, in milliseconds. */
  readonly deadlineMs: number;
}

/** Tiers by name. */
export type Tiers = Readonly<Record<string, Tier>> & { readonly anonymous: Tier };

/** The tier of callers without a key. */
export const ANONYMOUS = 'anonymous';
/** The tier of a key that is added without one. */
export const STANDARD = 'standard';

export const DEFAULT_TIERS = {
  [ANONYMOUS]: {
    costPerMinute: 2_000_000,
    burst: 10_000_000,
    maxCost: 1_000_000,
    subscriptions: 20,
    deadlineMs: 10_000,
  },
  [STANDARD]: {
    costPerMinute: 20_000_000,
    burst: 100_000_000,
    maxCost: 2_000_000,
    subscriptions: 1_000,
    deadlineMs: 15_000,
  },
  premium: {
    costPerMinute: 200_000_000,
    burst: 1_000_000_000,
    maxCost: 10_000_000,
    subscriptions: 20_000,
    deadlineMs: 30_000,
  },
} as const satisfies Tiers;

const NAMES = Object.keys(DEFAULT_TIERS.anonymous) as (keyof Tier)[];
const MOST = Number.MAX_SAFE_INTEGER / 2;

/**
 * Parses tiers in JSON, which are added to the default ones, or override the named members of one.
 * @throws BAD_SETTING, with the reason alone
 */
export function parseTiers(text: string): Tiers {
  const given = tiersIn(text);
  const tiers: Record<string, Tier> & { anonymous: Tier } = { ...DEFAULT_TIERS };
  for (const [name, limits] of Object.entries(given)) tiers[name] = tierOf(name, limits, tiers[name]);
  return tiers;
}

function tierOf(name: string, limits: unknown, usual: Tier = DEFAULT_TIERS[STANDARD]): Tier {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(name))
    throw wrong(`"${name}" is not a valid name of a tier: use lower-case letters`);
  if (!isJsonObject(limits)) throw wrong(`"${name}" must be an object`);
  for (const [key, value] of Object.entries(limits)) {
    if (!(NAMES as string[]).includes(key))
      throw wrong(`"${key}" of "${name}" is unknown: use one of ${NAMES.join(', ')}`);
    if (!Number.isInteger(value) || Number(value) < 0 || Number(value) > MOST) {
      throw wrong(`"${key}" of "${name}" must be a whole number`);
    }
  }
  const tier = { ...usual, ...limits };
  if (tier.maxCost > tier.costPerMinute) {
    throw wrong(`"maxCost" of "${name}" is more than its "costPerMinute", so it could never be spent`);
  }
  return tier;
}

function tiersIn(text: string): JsonObject {
  let given: JsonObject | null;
  try {
    given = jsonObject(text);
  } catch (error) {
    throw wrong((error as Error).message);
  }
  if (given === null) throw wrong('it must be an object, with a member for each tier');
  return given;
}

function wrong(reason: string): BitqlError {
  return new BitqlError('BAD_SETTING', `${reason}.`);
}
