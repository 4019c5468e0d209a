import { describe, expect, it } from 'vitest';
import { networkById } from '../../src/chain/networks.ts';
import { type FilterInput, parseFilter } from '../../src/query/filter.ts';

const MAINNET = networkById('btc-mainnet');
const pushes = (...conditions: NonNullable<FilterInput['data']>[number]['pushes'][number][]): FilterInput => ({
  data: [{ pushes: conditions }],
});

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

  it('takes bytes as text, hex or base64, padded or not, in either alphabet', () => {
    const forms = [{ utf8: '>>?' }, { hex: Uint8Array.of(0x3e, 0x3e, 0x3f) }, { base64: 'Pj4/' }, { base64: 'Pj4_' }];
    for (const form of forms) {
      const [condition] = parseFilter(pushes({ startsWith: form }), MAINNET).data;
      expect(Buffer.from(condition!.pushes[0]!.match!.bytes).toString()).toBe('>>?');
    }
  });
});
