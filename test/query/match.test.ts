import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concatBytes, equalBytes } from '../../src/chain/bytes.ts';
import { dataPushes, isData, type Push } from '../../src/chain/data.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { matches } from '../../src/query/match.ts';
import { parseFilter } from '../../src/query/parse-filter.ts';
import { amount } from '../support/amount.ts';
import { encodeTransaction } from '../support/synthetic-chain.ts';

const NETWORK = networkById('btc-regtest');
const RUNS = amount({ usual: 2_000, long: 20_000 });

interface Condition {
  readonly index: number | null;
  readonly match: { readonly kind: 'equals' | 'startsWith'; readonly bytes: Uint8Array } | null;
}

/** Whether the elements of a data output match a condition, checked one by one. */
function holds({ index, match }: Condition, elements: readonly Push[]): boolean {
  return elements.some((element, i) => {
    if (index !== null && index !== i) return false;
    if (match === null) return true;
    const { kind, bytes } = match;
    const start = kind === 'equals' ? element.data : element.data.subarray(0, bytes.length);
    return isData(element) && equalBytes(start, bytes);
  });
}

const few = fc.uint8Array({ maxLength: 4, max: 3 });
/** The bytes that opcodes of small numbers push. */
const small = fc.constantFrom([], [1], [2], [3], [0x81]).map((bytes) => Uint8Array.from(bytes));
/** Pushes of few bytes in all forms, small numbers, opcodes without data, and truncated pushes. */
const element = fc.oneof(
  few.map((data) => concatBytes(Uint8Array.of(data.length), data)),
  few.map((data) => concatBytes(Uint8Array.of(0x4c, data.length), data)),
  few.map((data) => concatBytes(Uint8Array.of(0x4d, data.length, 0), data)),
  fc.constantFrom(0x00, 0x4f, 0x50, 0x51, 0x52, 0x53, 0x60, 0x61, 0x6a, 0xff).map((opcode) => Uint8Array.of(opcode)),
  fc
    .constantFrom([5, 1], [0x4c], [0x4d, 1], [0x4e, 1, 0, 0], [0x4e, 0xff, 0xff, 0xff, 0xff])
    .map((b) => Uint8Array.from(b)),
);
const script = fc
  .tuple(fc.constantFrom([0x6a], [0x00, 0x6a], [0x51]), fc.array(element, { maxLength: 6 }))
  .map(([start, elements]) => concatBytes(Uint8Array.from(start), ...elements));
const condition: fc.Arbitrary<Condition> = fc.record({
  index: fc.option(fc.nat(5)),
  match: fc.option(
    fc.record({ kind: fc.constantFrom('equals' as const, 'startsWith' as const), bytes: fc.oneof(few, small) }),
  ),
});

it('a filter holds for the elements of a script as for each of them', () => {
  fc.assert(
    fc.property(
      fc.array(script, { minLength: 1, maxLength: 3 }),
      fc.array(condition, { minLength: 1, maxLength: 3 }),
      (scripts, pushes) => {
        const outputs = scripts.map((one) => ({ value: 0, script: one }));
        const bytes = encodeTransaction([{ txid: new Uint8Array(32), index: 0 }], outputs, 0);
        const subject = {
          network: NETWORK,
          transaction: transactionFromBytes(bytes, NETWORK),
          spent: [],
          height: 1,
          time: 1,
        };
        const expected = scripts
          .map(dataPushes)
          .some((elements) => elements !== null && pushes.every((one) => holds(one, elements)));
        const asked = pushes.map(({ index, match }) => ({
          index,
          ...(match && { [match.kind]: { hex: match.bytes } }),
        }));
        expect(matches(parseFilter({ data: [{ pushes: asked }] }, NETWORK), subject)).toBe(expected);
      },
    ),
    { numRuns: RUNS },
  );
});
