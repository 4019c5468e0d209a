import fc from 'fast-check';
import type { Filter } from '../../src/query/filter.ts';
import { MOVE_KEYS, MOVE_WORDS } from './random-moves.ts';
import { p2pkhScript } from './synthetic-chain.ts';

/** A condition that one filter in four has. */
export function sometimes<T>(condition: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: condition });
}

const pushOf = fc.record({
  kind: fc.constantFrom('equals' as const, 'startsWith' as const),
  bytes: fc.constantFrom(...MOVE_WORDS, 'abcdef', 'a', '').map((word) => new TextEncoder().encode(word)),
});

/** Filters that some transactions of random moves match. */
export const filterOf: fc.Arbitrary<Filter> = fc.record({
  txids: fc.constant(null),
  lockingScript: sometimes(fc.nat(MOVE_KEYS).map(p2pkhScript)),
  heights: sometimes(fc.tuple(fc.nat(6), fc.nat(6)).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))),
  times: sometimes(fc.constant({ from: 1_005, to: 1_035 })),
  coinbase: sometimes(fc.boolean()),
  confirmed: sometimes(fc.boolean()),
  removed: fc.constant(false),
  data: sometimes(pushOf).map((match) => (match === null ? [] : [{ pushes: [{ index: null, match }] }])),
});
