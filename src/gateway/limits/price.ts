/** What the price of an operation may depend on, for one request. */
export interface Circumstances {
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Prices that were worked out already, by what has them. */
  readonly known: Map<Price, number>;
}

/** A price or the length of a list: a number, or what the circumstances make of it. */
export type Price = number | ((circumstances: Circumstances) => number);

export function sum(prices: readonly Price[]): Price {
  const fixed = prices.filter((price) => typeof price === 'number').reduce((total, price) => total + price, 0);
  const others = prices.filter((price) => typeof price === 'function');
  if (others.length === 0) return fixed;
  return (circumstances) => others.reduce((total, price) => total + price(circumstances), fixed);
}

export function times(count: Price, price: Price): Price {
  if (typeof count === 'number' && typeof price === 'number') return count * price;
  return (circumstances) => amountOf(count, circumstances) * amountOf(price, circumstances);
}

/** The same price, worked out once for a request, however often it counts. */
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
