import { describe, expect, it } from 'vitest';
import { type Filter, NO_FILTER, type PushCondition } from '../../src/query/filter.ts';
import { allowsPending, MAX_SCANNED_BLOCKS, planOf } from '../../src/query/plan.ts';
import { encodeCommitNumber } from '../../src/store/commit-number.ts';
import { heightRange } from '../../src/store/position.ts';

const ALL = { from: 0, to: 800_000 };
const bytes = (length: number) => new Uint8Array(length).fill(0x61);

function push(kind: 'equals' | 'startsWith', length: number): PushCondition {
  return { index: null, match: { kind, bytes: bytes(length) } };
}

function accessesOf(filter: Partial<Filter>, heights = ALL): string[] {
  return planOf({ ...NO_FILTER, ...filter }, heights)!.accesses.map((access) =>
    access.kind === 'token' ? access.posting : access.kind,
  );
}

describe('the plan of a filter', () => {
  it.each([
    ['equals', 0, 'token4'],
    ['equals', 4, 'token4'],
    ['equals', 5, 'token8'],
    ['equals', 9, 'token32'],
    ['equals', 500, 'token32'],
    ['startsWith', 3, 'shortPrefix'],
    ['startsWith', 4, 'token4'],
    ['startsWith', 7, 'token4'],
    ['startsWith', 31, 'token8'],
    ['startsWith', 32, 'token32'],
  ] as const)('looks for a push that %s %i bytes in %s', (kind, length, posting) => {
    expect(accessesOf({ data: [{ pushes: [push(kind, length)] }] })).toEqual([posting]);
  });

  it('intersects all conditions that an index serves', () => {
    const data = [{ pushes: [push('equals', 4), push('startsWith', 40)] }, { pushes: [push('equals', 8)] }];
    expect(accessesOf({ data, lockingScript: bytes(25), txids: [bytes(32)] })).toEqual([
      'txids',
      'lock',
      'token4',
      'token32',
      'token8',
    ]);
  });

  it('gathers a short prefix only where nothing else leads', () => {
    const data = [{ pushes: [push('startsWith', 2), push('startsWith', 1)] }];
    expect(accessesOf({ data })).toEqual(['shortPrefix']);
    expect(accessesOf({ data, lockingScript: bytes(25) })).toEqual(['lock']);
  });

  it('takes coinbases from the blocks, and anything without data conditions from the chain', () => {
    expect(accessesOf({ coinbase: true })).toEqual(['coinbases']);
    expect(accessesOf({ coinbase: false })).toEqual(['chain']);
    expect(accessesOf({})).toEqual(['chain']);
  });

  it('refuses data conditions that no index serves over more blocks than it looks through, and says what helps', () => {
    const data = [{ pushes: [{ index: 2, match: null }, push('startsWith', 0)] }];
    expect(() => accessesOf({ data })).toThrow(
      /No index can answer this filter: add `equals` or `startsWith`.*at most 1000 blocks/,
    );
    expect(accessesOf({ data }, { from: 5, to: 4 + MAX_SCANNED_BLOCKS })).toEqual(['chain']);
    expect(accessesOf({ data, coinbase: true })).toEqual(['coinbases']);
  });

  it.each<[Partial<Filter>, boolean]>([
    [{}, true],
    [{ confirmed: false }, true],
    [{ coinbase: false }, true],
    [{ confirmed: true }, false],
    [{ coinbase: true }, false],
    [{ heights: ALL }, false],
    [{ times: ALL }, false],
  ])('takes unconfirmed transactions in where nothing asks for a block: %j', (filter, expected) => {
    expect(allowsPending({ ...NO_FILTER, ...filter })).toBe(expected);
  });

  it('reaches from the first block to the last arrival, as far as both are wanted', () => {
    const arrivals = {
      min: encodeCommitNumber({ epoch: 0, counter: 0 }),
      max: encodeCommitNumber({ epoch: 1, counter: 7 }),
    };
    const blocks = heightRange(ALL.from, ALL.to);
    expect(planOf(NO_FILTER, ALL, arrivals)!.bounds).toEqual({ min: blocks.min, max: arrivals.max });
    expect(planOf(NO_FILTER, ALL)!.bounds).toEqual(blocks);
    expect(planOf(NO_FILTER, null, arrivals)!.bounds).toEqual(arrivals);
    expect(planOf(NO_FILTER, null)).toBeNull();
  });

  it('looks through unconfirmed transactions one by one, however many there are: the budget bounds them', () => {
    const data = [{ pushes: [{ index: 2, match: null }] }];
    const arrivals = heightRange(0, 0);
    expect(planOf({ ...NO_FILTER, data }, null, arrivals)!.accesses).toEqual([{ kind: 'chain' }]);
  });
});
