/** What the price of an operation may depend on, for one request. */
export interface Circumstances {
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Prices that were computed already. */
  readonly known: Map<Price, number>;
}

/** A price or the length of a list: a number, or a function of the circumstances. */
export type Price = number | ((circumstances: Circumstances) => number);

/** The largest price; larger ones are cut to it. No tier allows it. */
export const MAX_PRICE = Number.MAX_SAFE_INTEGER;

/** NaN counts as the largest price. */
export function bounded(price: number): number {
  return price <= MAX_PRICE ? Math.max(0, price) : MAX_PRICE;
}

export function sum(prices: readonly Price[]): Price {
  const fixed = prices.filter((price) => typeof price === 'number').reduce(plus, 0);
  const others = prices.filter((price) => typeof price === 'function');
  if (others.length === 0) return fixed;
  return (circumstances) => others.reduce((total, price) => plus(total, price(circumstances)), fixed);
}

export function times(count: Price, price: Price): Price {
  if (typeof count === 'number' && typeof price === 'number') return product(count, price);
  return (circumstances) => product(amountOf(count, circumstances), amountOf(price, circumstances));
}

/** The same price, computed once for a request, however often it counts. */
export function once(price: Price): Price {
  if (typeof price === 'number') return price;
  return (circumstances) => {
    const known = circumstances.known.get(price) ?? price(circumstances);
    circumstances.known.set(price, known);
    return known;
  };
}

export function amountOf(price: Price, circumstances: Circumstances): number {
  return typeof price === 'number' ? price : price(circumstances);
}

export function plus(a: number, b: number): number {
  return bounded(bounded(a) + bounded(b));
}

function product(a: number, b: number): number {
  return bounded(bounded(a) * bounded(b));
}
