import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, fromHex } from '../../src/chain/bytes.ts';
import { sha256Prefix } from '../../src/chain/hash.ts';
import { type Network, networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { matches, truthOf } from '../../src/query/match.ts';
import type { MatchSubject } from '../../src/query/match-subject.ts';
import { type FilterInput, parseFilter } from '../../src/query/parse-filter.ts';
import { knownOutput } from '../../src/store/transactions.ts';
import {
  dataScript,
  encodeTransaction,
  type MadeOutput,
  PLAIN_SCRIPTS,
  p2pkhScript,
  pushScript,
} from '../support/synthetic-chain.ts';

const BTC = networkById('btc-regtest');
const BCH = networkById('bch-regtest');
const CATEGORY = new Uint8Array(32).fill(7);
const INPUT = { txid: new Uint8Array(32).fill(9), index: 3 };
const text = (word: string) => new TextEncoder().encode(word);

function subjectOf(bytes: Uint8Array, network: Network, more: Partial<MatchSubject> = {}): MatchSubject {
  return { network, transaction: transactionFromBytes(bytes, network), spent: [null], height: 1, time: 1, ...more };
}

function made(outputs: readonly MadeOutput[], network = BTC, more: Partial<MatchSubject> = {}): MatchSubject {
  return subjectOf(encodeTransaction([INPUT], outputs), network, more);
}

const holds = (filter: FilterInput, subject: MatchSubject) => matches(parseFilter(filter, subject.network), subject);
const truth = (filter: FilterInput, subject: MatchSubject) => truthOf(parseFilter(filter, subject.network), subject);

describe('tokens', () => {
  /** CHIP-2022-02: prefix, category, what follows, capability, commitment, amount. */
  const output = (bits: number, rest: readonly number[]): MadeOutput => ({
    value: 1_000,
    script: concatBytes(Uint8Array.of(0xef), CATEGORY, Uint8Array.of(bits, ...rest), p2pkhScript(1)),
  });
  const minting = made([output(0x72, [2, 0xab, 0xcd, 100])], BCH);
  const fungible = made([output(0x10, [200])], BCH);
  const token = (condition: object): FilterInput => ({ outputs: [{ token: condition }] });

  it.each<[object, boolean, boolean]>([
    [{ category: CATEGORY }, true, true],
    [{ category: new Uint8Array(32) }, false, false],
    [{ capabilities: ['MINTING'] }, true, false],
    [{ capabilities: ['NONE', 'MUTABLE'] }, false, false],
    [{ commitment: { equals: fromHex('abcd') } }, true, false],
    [{ commitment: { startsWith: fromHex('ab') } }, true, false],
    [{ commitment: { startsWith: new Uint8Array(0) } }, true, false],
    [{ amount: { gte: '100', lt: '101' } }, true, false],
    [{ amount: { gt: '100' } }, false, true],
    [{ category: CATEGORY, amount: { lte: '9223372036854775807' } }, true, true],
    [{}, true, true],
  ])('meet %j', (condition, ofMinting, ofFungible) => {
    expect([holds(token(condition), minting), holds(token(condition), fungible)]).toEqual([ofMinting, ofFungible]);
  });

  it('are on BCH only', () => {
    expect(holds(token({}), made([output(0x10, [200])], BTC))).toBe(false);
  });
});

describe('text', () => {
  const holdsFor = (pushed: Uint8Array, utf8: object) =>
    holds({ data: [{ pushes: [{ utf8 }] }] }, made([{ value: 0, script: dataScript([pushed]) }]));

  it.each<[string, object, boolean]>([
    ['ΟΔΟΣ', { contains: 'οδοσ', caseInsensitive: true }, true],
    ['οδοςα', { contains: 'ΟΔΟΣ', caseInsensitive: true }, true],
    ['Straße', { startsWith: 'STRAẞ', caseInsensitive: true }, true],
    ['Straße', { startsWith: 'STRA' }, false],
    ['hello', { equals: 'hell' }, false],
    ['hello', { equals: 'hello' }, true],
    ['\ufeffhello', { startsWith: 'hello' }, false],
    ['', { contains: '' }, true],
  ])('%j meets %j: %s', (pushed, condition, isMet) => {
    expect(holdsFor(text(pushed), condition)).toBe(isMet);
  });

  it('is none if it is not UTF-8', () => {
    expect(holdsFor(Uint8Array.of(0x61, 0xff), { startsWith: 'a' })).toBe(false);
  });
});

describe('data in inputs', () => {
  /** BIP341: a script path, with an inscription in its tapscript. */
  const envelope = concatBytes(
    pushScript([new Uint8Array(32).fill(3)]),
    Uint8Array.of(0xac, 0x00, 0x63),
    pushScript(['ord'].map(text)),
    Uint8Array.of(0x51),
    pushScript(['text/plain', '', 'hello'].map(text)),
    Uint8Array.of(0x68),
  );
  const control = concatBytes(Uint8Array.of(0xc0), new Uint8Array(32).fill(5));
  const inscription = subjectOf(withWitness([new Uint8Array(64).fill(1), envelope, control]), BTC);
  const plain = subjectOf(withWitness([text('a preimage of some length')]), BTC);

  it('are found in the revealed script, by value and place', () => {
    const revealed = (push: object): FilterInput => ({ inputs: [{ revealedScript: { pushes: [push] } }] });
    expect(holds(revealed({ equals: { utf8: 'ord' } }), inscription)).toBe(true);
    expect(holds(revealed({ utf8: { contains: 'PLAIN', caseInsensitive: true } }), inscription)).toBe(true);
    expect(holds(revealed({ index: 4, equals: { utf8: 'ord' } }), inscription)).toBe(true);
    expect(holds(revealed({ index: 5, equals: { utf8: 'ord' } }), inscription)).toBe(false);
    expect(holds({ data: [{ pushes: [{ equals: { utf8: 'ord' } }] }] }, inscription)).toBe(false);
    expect(holds(revealed({ equals: { utf8: 'ord' } }), plain)).toBe(false);
  });

  it('are found among the items of the witness, but not signatures and control blocks', () => {
    const items = (push: object): FilterInput => ({ inputs: [{ witness: { items: [push] } }] });
    expect(holds(items({ index: 0, utf8: { startsWith: 'a preimage' } }), plain)).toBe(true);
    expect(holds(items({ index: 1, startsWith: { hex: envelope.subarray(0, 9) } }), inscription)).toBe(true);
    expect(holds(items({ equals: { hex: control } }), inscription)).toBe(false);
    expect(holds(items({ size: { gte: 64, lte: 64 } }), inscription)).toBe(false);
  });
});

describe('values that are not known', () => {
  const unknown = made([{ value: 5, script: p2pkhScript(1) }]);
  const spent = knownOutput({ value: 1_005, script: PLAIN_SCRIPTS[0]! }, BTC);
  const known = made([{ value: 5, script: p2pkhScript(1) }], BTC, { spent: [spent] });

  it.each<[FilterInput, boolean | null, boolean | null]>([
    [{ fee: { gte: 1_000 } }, null, true],
    [{ not: { fee: { gte: 1_000 } } }, null, false],
    [{ or: [{ fee: { gte: 1_000 } }, { outputCount: { gte: 1 } }] }, true, true],
    [{ fee: { gte: 1_000 }, outputCount: { gte: 2 } }, false, false],
    [{ feeRate: { gt: 1 } }, null, true],
    [{ inputs: [{ types: ['P2PK'] }] }, null, true],
    [{ not: { inputs: [{ value: { gt: 2_000 } }] } }, null, true],
    [{ inputs: [{ index: 1, value: { gt: 1 } }] }, false, false],
    [{ firstSeen: { from: 1 } }, null, null],
    [{ not: { firstSeen: { from: 1 } } }, null, null],
    [{ outputs: [{ spent: true }] }, null, null],
  ])('meet neither a condition nor its negation: %j', (filter, ofUnknown, ofKnown) => {
    expect([truth(filter, unknown), truth(filter, known)]).toEqual([ofUnknown, ofKnown]);
  });

  it('do not keep a known address from being found', () => {
    expect(truth({ address: 'bcrt1qptrgfwdcrmj6pp55glu08d73tgmtz7v32r4t27' }, unknown)).toBeNull();
    expect(truth({ address: 'bcrt1qptrgfwdcrmj6pp55glu08d73tgmtz7v32r4t27' }, known)).toBe(false);
  });
});

it('a script hash is that of scripts that can be spent', () => {
  const script = PLAIN_SCRIPTS[3]!;
  const data = Uint8Array.of(0x6a, 1, 1);
  const hash = (one: Uint8Array): FilterInput => ({ outputs: [{ scriptHash: sha256Prefix(one, 32) }] });
  const both = made([
    { value: 1, script },
    { value: 0, script: data },
  ]);
  expect([holds(hash(script), both), holds(hash(data), both)]).toEqual([true, false]);
});

it.each<[number, string]>([
  [0, ''],
  [1, '01'],
  [-1, '81'],
  [127, '7f'],
  [128, '8000'],
  [-128, '8080'],
  [-255, 'ff80'],
  [9_007_199_254_740_991, 'ffffffffffff1f'],
])('%i is the number %s', (number, hex) => {
  const subject = made([{ value: 0, script: concatBytes(Uint8Array.of(0x6a), pushScript([fromHex(hex)])) }]);
  const asked = (range: object): FilterInput => ({ data: [{ pushes: [{ number: range }] }] });
  expect(holds(asked({ gte: number, lte: number }), subject)).toBe(true);
  expect(holds(asked({ gt: number }), subject)).toBe(false);
});

/** A transaction with one input that has a witness (BIP144). */
function withWitness(items: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter(256).u32(2).u8(0).u8(1).compactSize(1);
  writer.bytes(INPUT.txid).u32(INPUT.index).compactSize(0).u32(0xffff_ffff);
  const script = p2pkhScript(1);
  writer.compactSize(1).u64(1).compactSize(script.length).bytes(script).compactSize(items.length);
  for (const item of items) writer.compactSize(item.length).bytes(item);
  return writer.u32(0).finish();
}
