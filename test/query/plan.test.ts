import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { PlanNode } from '../../src/query/accesses.ts';
import { type FilterInput, parseFilter } from '../../src/query/parse-filter.ts';
import type { PushInput } from '../../src/query/parse-output-filter.ts';
import { MAX_SCANNED_BLOCKS, type PlanContext, planOf } from '../../src/query/plan.ts';
import { encodeCommitNumber } from '../../src/store/commit-number.ts';
import { heightRange } from '../../src/store/position.ts';
import { EVERY_FAMILY } from '../../src/store/postings.ts';
import { PLAIN_SCRIPTS, p2pkhScript } from '../support/synthetic-chain.ts';

const NETWORK = networkById('btc-regtest');
const ALL = { from: 0, to: 800_000 };
const ARRIVALS = {
  min: encodeCommitNumber({ epoch: 0, counter: 0 }),
  max: encodeCommitNumber({ epoch: 1, counter: 7 }),
};
const ADDRESS = addressOf(p2pkhScript(1), NETWORK)!;
const OTHER = addressOf(p2pkhScript(2), NETWORK)!;
const TXID = new Uint8Array(32).fill(0x61);
const bytes = (length: number) => ({ hex: new Uint8Array(length).fill(0x61) });

function planFor(input: FilterInput, given: Partial<PlanContext> = {}) {
  const context: PlanContext = {
    network: NETWORK,
    heights: ALL,
    arrivals: ARRIVALS,
    heightsOf: new Map(),
    familiesIn: () => EVERY_FAMILY,
    scan: false,
    ...given,
  };
  return planOf(parseFilter(input, NETWORK), context);
}

/** The plan as text, such as and(lock, or(data4, data8)). */
function shown(input: FilterInput, given?: Partial<PlanContext>): string {
  return shownNode(planFor(input, given)!.root);
}

function shownNode(node: PlanNode): string {
  switch (node.op) {
    case 'access':
      return node.access.kind === 'posting' ? node.access.posting : node.access.kind;
    case 'within':
      return `within(${shownNode(node.inner)})`;
    case 'without':
      return `without(${shownNode(node.inner)}, ${node.excluded.length})`;
    default:
      return `${node.op}(${node.of.map(shownNode).join(', ')})`;
  }
}

const push = (...pushes: PushInput[]): FilterInput => ({ data: [{ pushes }] });
const NARROW = { from: 5, to: 4 + MAX_SCANNED_BLOCKS };

describe('the plan of a filter', () => {
  it.each([
    ['equals', 0, 'data4'],
    ['equals', 4, 'data4'],
    ['equals', 5, 'data8'],
    ['equals', 9, 'data32'],
    ['equals', 500, 'data32'],
    ['startsWith', 3, 'span'],
    ['startsWith', 4, 'data4'],
    ['startsWith', 7, 'data4'],
    ['startsWith', 31, 'data8'],
    ['startsWith', 32, 'data32'],
  ] as const)('looks for a push that %s %i bytes in %s', (kind, length, expected) => {
    expect(shown(push({ [kind]: bytes(length) }))).toBe(expected);
  });

  it('intersects all conditions that an index serves', () => {
    const data = [{ pushes: [{ equals: bytes(4) }, { startsWith: bytes(40) }] }, { pushes: [{ equals: bytes(8) }] }];
    const expected = 'and(txid, lock, data4, data32, data8)';
    expect(shown({ data, address: ADDRESS, txids: [TXID] })).toBe(expected);
    expect(shown({ and: [{ txids: [TXID] }, { address: ADDRESS }, { data }] })).toBe(expected);
  });

  it('unites lists of values, and the members of `or`', () => {
    expect(shown({ addresses: [ADDRESS, OTHER] })).toBe('or(lock, lock)');
    expect(shown(push({ in: [bytes(4), bytes(8)] }))).toBe('or(data4, data8)');
    expect(shown({ or: [{ address: ADDRESS }, { txids: [TXID] }, push({ equals: bytes(9) })] })).toBe(
      'or(lock, txid, data32)',
    );
    expect(shown({ address: ADDRESS, or: [{ txids: [TXID] }, push({ equals: bytes(9) })] })).toBe(
      'and(lock, or(txid, data32))',
    );
  });

  it('gathers a short prefix only if no other condition leads', () => {
    const { data } = push({ startsWith: bytes(2) }, { startsWith: bytes(1) });
    expect(shown({ data: data! })).toBe('span');
    expect(shown({ data: data!, address: ADDRESS })).toBe('lock');
  });

  it('takes coinbases from the blocks, and anything without other conditions from the chain', () => {
    expect(shown({ coinbase: true })).toBe('coinbases');
    expect(shown({ coinbase: false })).toBe('chain');
    expect(shown({})).toBe('chain');
    expect(shown({ block: { from: 7 } })).toBe('chain');
    expect(shown({ not: { block: { from: 7 } } })).toBe('chain');
  });

  it.each<[string, FilterInput]>([
    ['a push of which only the place is known', push({ index: 2 }, { startsWith: bytes(0) })],
    ['`contains`', push({ contains: bytes(9) })],
    ['a range', { fee: { gte: 1_000 } }],
    ['a negation', { not: { address: ADDRESS } }],
    ['an `or` with a member that nothing leads to', { or: [{ address: ADDRESS }, { fee: { gte: 1_000 } }] }],
    ['text whatever its case', push({ utf8: { equals: 'abcd', caseInsensitive: true } })],
    [
      'a script that may begin an address',
      { outputs: [{ lockingScript: { startsWith: p2pkhScript(1).subarray(0, 8) } }] },
    ],
    [
      'the beginning of a multisig script that may be a witness program',
      { outputs: [{ lockingScript: { startsWith: PLAIN_SCRIPTS[1]!.subarray(0, 20) } }] },
    ],
  ])('refuses %s over many blocks, looks through few, and through all if the caller wants that', (_, input) => {
    expect(() => shown(input)).toThrow(
      /No index can answer this filter: add .*an address.*at most 1000 blocks.*`scan: true`/,
    );
    expect(shown(input, { heights: NARROW })).toContain('chain');
    expect(shown(input, { heights: null })).toContain('chain');
    expect(shown({ ...input, block: NARROW })).toContain('chain');
    expect(shown(input, { scan: true })).toBe('chain');
  });

  it('examines only the few blocks of one member of `or`', () => {
    const input = { or: [{ address: ADDRESS }, { block: { from: 5, to: 9 }, fee: { gte: 1_000 } }] };
    expect(shown(input)).toBe('or(lock, within(chain))');
  });

  it('leaves out members of `or` that nothing can match', () => {
    expect(shown({ or: [{ address: ADDRESS }, { confirmed: false, block: { from: 1 } }] })).toBe('lock');
    expect(planFor({ or: [{ confirmed: false, coinbase: true }] })).toBeNull();
  });

  it('subtracts what is excluded only if the postings hold all of its bytes', () => {
    const base = { address: ADDRESS };
    expect(shown({ ...base, not: push({ equals: bytes(32) }) })).toBe('without(lock, 1)');
    expect(shown({ ...base, not: { or: [push({ equals: bytes(4) }), push({ equals: bytes(8) })] } })).toBe(
      'without(lock, 2)',
    );
    for (const not of [
      push({ equals: bytes(33) }),
      push({ startsWith: bytes(32) }),
      push({ index: 0, equals: bytes(8) }),
      push({ equals: bytes(8) }, { equals: bytes(8) }),
      push({ equals: bytes(8), size: { lt: 9 } }),
      { address: OTHER },
    ]) {
      expect(shown({ ...base, not })).toBe('lock');
    }
  });

  it.each<[string, FilterInput, string]>([
    ['a script with an address', { outputs: [{ lockingScript: { equals: p2pkhScript(1) } }] }, 'lock'],
    ['a script hash', { outputs: [{ scriptHash: TXID }] }, 'lock'],
    [
      'a data output, by its longest push',
      { outputs: [{ lockingScript: { equals: Uint8Array.of(0x6a, 1, 1, 4, 2, 2, 2, 2) } }] },
      'data4',
    ],
    [
      'a script that is too long to be spent',
      { outputs: [{ lockingScript: { equals: new Uint8Array(10_001).fill(0x61) } }] },
      'script32',
    ],
    [
      'a plain script by its beginning',
      { outputs: [{ lockingScript: { startsWith: PLAIN_SCRIPTS[0]!.subarray(0, 9) } }] },
      'script8',
    ],
    [
      'a multisig script by its beginning and type',
      { outputs: [{ types: ['MULTISIG'], lockingScript: { startsWith: PLAIN_SCRIPTS[1]!.subarray(0, 9) } }] },
      'script8',
    ],
    ['a push in a plain script', { outputs: [{ lockingScript: { pushes: [{ equals: bytes(5) }] } }] }, 'push8'],
    ['a token', { outputs: [{ token: { category: TXID } }] }, 'category'],
    [
      'a token and its commitment',
      { outputs: [{ token: { category: TXID, commitment: { equals: bytes(3).hex } } }] },
      'commitment',
    ],
    ['an author', { inputs: [{ index: 0, addresses: [ADDRESS, OTHER] }] }, 'or(lock, lock)'],
    ['a spent output', { inputs: [{ spends: { txid: TXID, index: 1 } }] }, 'spend'],
    ['any spent output of a transaction', { inputs: [{ spends: { txid: TXID } }] }, 'span'],
    ['data in a witness', { inputs: [{ witness: { items: [{ equals: bytes(5) }] } }] }, 'input8'],
    ['data in a revealed script', { inputs: [{ revealedScript: { pushes: [{ startsWith: bytes(5) }] } }] }, 'input4'],
    ['text', push({ utf8: { startsWith: 'abcde' } }), 'data4'],
  ])('leads to %s', (_, input, expected) => {
    expect(shown(input)).toBe(expected);
  });

  it('does not lead to pushes that are too short to be indexed', () => {
    for (const one of [{ equals: bytes(1) }, { startsWith: bytes(1) }]) {
      expect(() => shown({ outputs: [{ lockingScript: { pushes: [one] } }] })).toThrow(/No index/);
    }
  });

  it('refuses a filter whose postings the index does not have, says how to add them, and uses another lead', () => {
    const familiesIn = () => new Set<never>();
    const inputs = [{ witness: { items: [{ equals: bytes(5) }] } }];
    expect(() => shown({ inputs }, { familiesIn })).toThrow(/`bitql reindex --index inputs`/);
    expect(() => shown({ outputs: [{ token: { category: TXID } }] }, { familiesIn })).toThrow(/--index tokens/);
    expect(shown({ inputs, address: ADDRESS }, { familiesIn })).toBe('lock');
  });

  it('refuses lists that would read too many keys of the index', () => {
    const addresses = Array.from({ length: 1_000 }, (_, i) => addressOf(keyScript(i), NETWORK)!);
    const values = Array.from({ length: 1_000 }, (_, i) => ({ utf8: `word ${i}` }));
    expect(() => shown({ or: [{ addresses }, push({ in: values }), { address: ADDRESS }] })).toThrow(
      /more than 2000 keys/,
    );
  });

  it.each<[FilterInput, boolean]>([
    [{}, true],
    [{ confirmed: false }, true],
    [{ coinbase: false }, true],
    [{ not: { confirmed: true } }, true],
    [{ not: { block: ALL } }, true],
    [{ or: [{ block: { from: 1 } }, { confirmed: false }] }, true],
    [{ confirmed: true }, false],
    [{ not: { confirmed: false } }, false],
    [{ coinbase: true }, false],
    [{ inputs: [{ coinbase: true }] }, false],
    [{ block: ALL }, false],
    [{ time: { from: 1 } }, false],
    [{ and: [{}, { block: ALL }] }, false],
  ])('includes unconfirmed transactions if no condition requires a block: %j', (input, expected) => {
    const heightsOf = { get: () => ALL } as unknown as PlanContext['heightsOf'];
    const { max } = planFor(input, { heightsOf })!.bounds;
    expect(max).toEqual(expected ? ARRIVALS.max : heightRange(0, ALL.to).max);
  });

  it('reaches from the first block to the last arrival, if both are wanted', () => {
    const blocks = heightRange(ALL.from, ALL.to);
    expect(planFor({})!.bounds).toEqual({ min: blocks.min, max: ARRIVALS.max });
    expect(planFor({}, { arrivals: null })!.bounds).toEqual(blocks);
    expect(planFor({}, { heights: null })!.bounds).toEqual(ARRIVALS);
    expect(planFor({}, { heights: null, arrivals: null })).toBeNull();
    expect(planFor({ confirmed: false })!.bounds).toEqual(ARRIVALS);
    expect(planFor({ block: { from: 3, to: 9 } })!.bounds).toEqual(heightRange(3, 9));
    expect(planFor({ or: [{ block: { from: 3, to: 4 } }, { block: { from: 8, to: 9 } }] })!.bounds).toEqual(
      heightRange(3, 9),
    );
    expect(planFor({ not: { block: { from: 3 } }, confirmed: true })!.bounds).toEqual(heightRange(0, 2));
    expect(planFor({ block: { from: 900_000 } })).toBeNull();
  });
});

function keyScript(n: number): Uint8Array {
  const script = p2pkhScript(0).slice();
  new DataView(script.buffer).setUint32(3, n);
  return script;
}
