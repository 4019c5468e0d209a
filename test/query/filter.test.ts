import { describe, expect, it } from 'vitest';
import { networkById } from '../../src/chain/networks.ts';
import { EVERYTHING, NOTHING } from '../../src/query/filter.ts';
import { type FilterInput, parseFilter } from '../../src/query/parse-filter.ts';

const MAINNET = networkById('btc-mainnet');
const pushes = (...conditions: NonNullable<FilterInput['data']>[number]['pushes'][number][]): FilterInput => ({
  data: [{ pushes: conditions }],
});

/** `not` in `not`, so many deep. */
function nested(depth: number): FilterInput {
  return depth === 0 ? { coinbase: true } : { not: nested(depth - 1) };
}

describe('a filter', () => {
  it.each<[FilterInput, RegExp]>([
    [{ block: { from: -5 } }, /`block.from` must be at least 0, not -5/],
    [{ block: { from: 7, to: 6 } }, /`block` ends \(6\) before it begins \(7\)/],
    [{ time: { from: Number.MAX_SAFE_INTEGER } }, /`time` ends \(4294967295\) before it begins/],
    [pushes({ equals: { utf8: '\ud800' } }), /half of a surrogate pair: give `hex`/],
    [pushes({ equals: { base64: 'a?' } }), /`base64` contains characters that are not base64/],
    [pushes({ equals: { utf8: 'a' }, startsWith: { utf8: 'a' } }), /`equals` or `startsWith`, not both/],
    [pushes({ index: -1 }), /`index` must be at least 0/],
    [pushes(), /at least one condition/],
    [{ txids: new Array<Uint8Array>(1_001).fill(new Uint8Array(32)) }, /at most 1000 members, not 1001/],
  ])('%j is refused with advice', (input, message) => {
    expect(() => parseFilter(input, MAINNET)).toThrow(
      expect.objectContaining({ code: 'BAD_QUERY', message: expect.stringMatching(message) }),
    );
  });

  it.each<[FilterInput, RegExp]>([
    [{ or: [] }, /`or` must have at least one member/],
    [{ and: [] }, /`and` must have at least one member/],
    [{ or: [{ removed: true }, {}] }, /`removed` cannot be inside of `or`/],
    [{ not: { and: [{ removed: true }] } }, /`removed` cannot be inside of `not`/],
    [{ removed: true, and: [{ removed: false }] }, /`removed: true` and for `removed: false`/],
    [{ fee: {} }, /`fee` must have a limit/],
    [{ fee: { gt: 1, gte: 2 } }, /one of `gte` and `gt`/],
    [{ size: { gte: 9, lt: 8 } }, /`size` ends \(8\) before it begins \(9\)/],
    [{ addresses: [] }, /`addresses` must hold at least one/],
    [{ outputs: [{}] }, /`outputs` must hold at least one condition/],
    [{ inputs: [{}] }, /`inputs` must hold at least one condition/],
    [{ inputs: [{ lockingScript: { pushes: [{}] } }] }, /`lockingScript.pushes` is a condition on outputs only/],
    [{ inputs: [{ witness: { items: [{ opcode: 1 }] } }] }, /`opcode` is a condition on pushes of outputs only/],
    [{ outputs: [{ token: { amount: { gte: '1.5' } } }] }, /`amount.gte` must be a whole number/],
    [pushes({ opcode: 256 }), /`opcode` must be from 0 to 255/],
    [pushes({ utf8: {} }), /`utf8` must have/],
    [pushes({ in: [] }), /`in` must hold at least one/],
    [nested(8), /nested at most 7 deep/],
    [{ or: Array.from({ length: 33 }, (_, i) => ({ lockTime: { gte: i } })) }, /at most 32 conditions, not 33/],
  ])('%j is refused, and the message says what to do', (input, message) => {
    expect(() => parseFilter(input, MAINNET)).toThrow(
      expect.objectContaining({ code: 'BAD_QUERY', message: expect.stringMatching(message) }),
    );
  });

  it('names the place of a wrong address in a list', () => {
    const addresses = ['1BvBMSEYstWetqTFn5Au4m4GFg7xJaNVN2', 'nonsense'];
    expect(() => parseFilter({ outputs: [{ addresses }] }, MAINNET)).toThrow(/Number 2 of `addresses`/);
  });

  it('holds for everything if it is empty, and for nothing if that is negated', () => {
    expect(parseFilter({}, MAINNET).predicate).toEqual(EVERYTHING);
    expect(parseFilter({ not: {} }, MAINNET).predicate).toEqual(NOTHING);
    expect(parseFilter({ or: [{}, { coinbase: true }] }, MAINNET).predicate).toEqual(EVERYTHING);
    expect(parseFilter({ not: { not: { coinbase: true } } }, MAINNET)).toEqual(
      parseFilter({ coinbase: true }, MAINNET),
    );
  });

  it('takes `removed` from a member of `and`', () => {
    expect(parseFilter({ and: [{ removed: true }, { coinbase: false }] }, MAINNET).removed).toBe(true);
  });

  it('takes bytes as text, hex or base64, padded or not, in either alphabet', () => {
    const forms = [{ utf8: '>>?' }, { hex: Uint8Array.of(0x3e, 0x3e, 0x3f) }, { base64: 'Pj4/' }, { base64: 'Pj4_' }];
    for (const form of forms) {
      expect(parseFilter(pushes({ startsWith: form }), MAINNET)).toEqual(
        parseFilter(pushes({ startsWith: forms[0]! }), MAINNET),
      );
    }
  });
});
