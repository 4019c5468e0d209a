import fc from 'fast-check';
import { addressOf } from '../../src/chain/address.ts';
import { sha256Prefix } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { FilterInput } from '../../src/query/parse-filter.ts';
import type {
  BytesInput,
  InputInput,
  OutputInput,
  PushInput,
  RangeInput,
} from '../../src/query/parse-output-filter.ts';
import { MOVE_KEYS, MOVE_WORDS } from './random-moves.ts';
import { PLAIN_SCRIPTS, p2pkhScript } from './synthetic-chain.ts';

const NETWORK = networkById('btc-regtest');

/** A condition that one filter in four has. */
export function sometimes<T>(condition: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: condition });
}

/** What random filters look for. */
export interface Subjects {
  readonly words: readonly string[];
  readonly keys: number;
  /** The highest height, and the times of blocks. */
  readonly height: number;
  readonly times: readonly [number, number];
  readonly txids: readonly Uint8Array[];
  /** Whether filters may ask if outputs are spent. */
  readonly spent: boolean;
}

/** Filters of everything that a filter can have, nested. Some transactions of random chains match them. */
export function filterInputOf(subjects: Subjects): fc.Arbitrary<FilterInput> {
  const { keys, height, times, txids } = subjects;
  const address = fc.nat(keys).map((key) => addressOf(p2pkhScript(key), NETWORK)!);
  const outputs = outputOf(subjects, address);
  const push = pushOf(subjects.words);
  const leaf = fc.oneof(
    address.map((one): FilterInput => ({ address: one })),
    fc.uniqueArray(address, { minLength: 1, maxLength: 4 }).map((addresses): FilterInput => ({ addresses })),
    boundsOf(0, height + 2).map((block): FilterInput => ({ block })),
    boundsOf(...times).map((time): FilterInput => ({ time })),
    fc.boolean().map((confirmed): FilterInput => ({ confirmed })),
    fc.boolean().map((coinbase): FilterInput => ({ coinbase })),
    fc.boolean().map((signalsReplacement): FilterInput => ({ signalsReplacement })),
    fc.boolean().map((hasWitness): FilterInput => ({ hasWitness })),
    fc
      .tuple(
        fc.constantFrom('fee', 'outputValue', 'inputCount', 'outputCount', 'version', 'lockTime', 'feeRate' as const),
        rangeOf(0, 6),
      )
      .map(([name, range]): FilterInput => ({ [name]: range })),
    fc
      .constantFrom('size', 'virtualSize', 'weight' as const)
      .chain((name) => rangeOf(60, 300).map((range): FilterInput => ({ [name]: range }))),
    outputs.map((one): FilterInput => ({ outputs: [one] })),
    fc.array(outputs, { minLength: 2, maxLength: 2 }).map((both): FilterInput => ({ outputs: both })),
    inputOf(subjects, address, push).map((one): FilterInput => ({ inputs: [one] })),
    fc.array(push, { minLength: 1, maxLength: 2 }).map((pushes): FilterInput => ({ data: [{ pushes }] })),
    push.map((one): FilterInput => ({ data: [{ pushes: [one] }] })),
    ...(txids.length === 0
      ? []
      : [fc.array(fc.constantFrom(...txids), { maxLength: 4 }).map((some): FilterInput => ({ txids: some }))]),
  );
  const { filter } = fc.letrec<{ filter: FilterInput }>((tie) => ({
    filter: fc.oneof(
      { maxDepth: 3, depthSize: 'medium' },
      { weight: 4, arbitrary: leaf },
      { weight: 2, arbitrary: fc.tuple(leaf, leaf).map(([a, b]) => ({ ...a, ...b })) },
      { weight: 1, arbitrary: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((and) => ({ and })) },
      { weight: 2, arbitrary: fc.array(tie('filter'), { minLength: 1, maxLength: 3 }).map((or) => ({ or })) },
      { weight: 2, arbitrary: fc.tuple(leaf, tie('filter')).map(([one, not]) => ({ ...one, not })) },
      { weight: 1, arbitrary: tie('filter').map((not) => ({ not })) },
    ),
  }));
  return filter;
}

/** Filters for chains of random moves. */
export function moveFilterOf({ spent = true }: Partial<Pick<Subjects, 'spent'>> = {}): fc.Arbitrary<FilterInput> {
  return filterInputOf({ words: MOVE_WORDS, keys: MOVE_KEYS, height: 6, times: [1_000, 1_040], txids: [], spent });
}

function boundsOf(min: number, max: number): fc.Arbitrary<{ from?: number; to?: number }> {
  const value = fc.integer({ min, max });
  return fc.oneof(
    value.map((from) => ({ from })),
    value.map((to) => ({ to })),
    fc.tuple(value, value).map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) })),
  );
}

function rangeOf(min: number, max: number): fc.Arbitrary<RangeInput> {
  const value = fc.integer({ min, max });
  const lowest = (limit: number) => fc.constantFrom({ gte: limit }, { gt: limit });
  const highest = (limit: number) => fc.constantFrom({ lte: limit }, { lt: limit });
  return fc.oneof(
    value.chain(lowest),
    value.chain(highest),
    fc
      .tuple(value, value)
      .chain(([a, b]) =>
        fc.tuple(lowest(Math.min(a, b)), highest(Math.max(a, b))).map(([low, high]) => ({ ...low, ...high })),
      ),
  );
}

function bytesOf(words: readonly string[]): fc.Arbitrary<BytesInput> {
  const word = fc.constantFrom(...words, 'abcdef', 'a', '');
  return fc.oneof(
    word.map((utf8) => ({ utf8 })),
    word.map((text) => ({ hex: new TextEncoder().encode(text) })),
    word.map((text) => ({ base64: Buffer.from(text).toString('base64') })),
  );
}

function pushOf(words: readonly string[]): fc.Arbitrary<PushInput> {
  const bytes = bytesOf(words);
  const text = fc.constantFrom(...words, 'ABCD', 'b', 'Z');
  const test = fc.oneof(
    { weight: 3, arbitrary: bytes.map((equals): PushInput => ({ equals })) },
    { weight: 3, arbitrary: bytes.map((startsWith): PushInput => ({ startsWith })) },
    {
      weight: 2,
      arbitrary: fc.array(bytes, { minLength: 1, maxLength: 3 }).map((values): PushInput => ({ in: values })),
    },
    bytes.map((contains): PushInput => ({ contains })),
    rangeOf(0, 10).map((size): PushInput => ({ size })),
    rangeOf(-5, 200).map((number): PushInput => ({ number })),
    fc.constantFrom(0, 2, 4, 8, 0x51, 0x63).map((opcode): PushInput => ({ opcode })),
    fc
      .record({ place: fc.constantFrom('equals', 'startsWith', 'contains'), text, caseInsensitive: fc.boolean() })
      .map(({ place, text: one, caseInsensitive }): PushInput => ({ utf8: { [place]: one, caseInsensitive } })),
  );
  return fc.tuple(sometimes(fc.nat(3)), test, sometimes(test)).map(([index, one, other]) => {
    const both = { ...other, ...one };
    const { startsWith, ...rest } = both;
    return {
      ...(index === null ? {} : { index }),
      ...(both.equals == null ? both : rest),
      ...(startsWith && both.equals == null ? { startsWith } : {}),
    };
  });
}

function outputOf({ words, spent }: Subjects, address: fc.Arbitrary<string>): fc.Arbitrary<OutputInput> {
  const push = pushOf(words);
  const script = fc.constantFrom(...PLAIN_SCRIPTS, p2pkhScript(0), p2pkhScript(1));
  const test = fc.oneof(
    address.map((one): OutputInput => ({ address: one })),
    fc.uniqueArray(address, { minLength: 1, maxLength: 3 }).map((addresses): OutputInput => ({ addresses })),
    script.map((equals): OutputInput => ({ lockingScript: { equals } })),
    fc
      .tuple(script, fc.nat(40))
      .map(([one, length]): OutputInput => ({ lockingScript: { startsWith: one.subarray(0, length) } })),
    push.map((one): OutputInput => ({ lockingScript: { pushes: [one] } })),
    push.map((one): OutputInput => ({ data: { pushes: [one] } })),
    script.map((one): OutputInput => ({ scriptHash: sha256Prefix(one, 32) })),
    fc
      .subarray(['P2PK', 'MULTISIG', 'NON_STANDARD', 'P2PKH', 'NULL_DATA'] as const, { minLength: 1 })
      .map((types): OutputInput => ({ types })),
    rangeOf(0, 60).map((value): OutputInput => ({ value })),
    fc.nat(3).map((index): OutputInput => ({ index })),
    ...(spent ? [fc.boolean().map((is): OutputInput => ({ spent: is }))] : []),
  );
  return fc.tuple(test, sometimes(test)).map(([one, other]) => ({ ...other, ...one }));
}

function inputOf(
  { words, txids }: Subjects,
  address: fc.Arbitrary<string>,
  push: fc.Arbitrary<PushInput>,
): fc.Arbitrary<InputInput> {
  const piece = push.map(({ opcode: _, ...others }): PushInput => ({ equals: { utf8: words[0]! }, ...others }));
  const pieces = fc.array(
    piece.map(({ equals, startsWith, ...others }) =>
      startsWith == null ? { equals, ...others } : { startsWith, ...others },
    ),
    { minLength: 1, maxLength: 2 },
  );
  const test = fc.oneof(
    address.map((one): InputInput => ({ address: one })),
    fc.uniqueArray(address, { minLength: 1, maxLength: 3 }).map((addresses): InputInput => ({ addresses })),
    fc.constantFrom(...PLAIN_SCRIPTS, p2pkhScript(0)).map((equals): InputInput => ({ lockingScript: { equals } })),
    fc.subarray(['P2PK', 'P2PKH', 'MULTISIG'] as const, { minLength: 1 }).map((types): InputInput => ({ types })),
    rangeOf(0, 60).map((value): InputInput => ({ value })),
    fc.nat(1).map((index): InputInput => ({ index })),
    fc.boolean().map((coinbase): InputInput => ({ coinbase })),
    rangeOf(0, 3).map((sequence): InputInput => ({ sequence })),
    pieces.map((pushes): InputInput => ({ unlockingScript: { pushes } })),
    ...(txids.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom(...txids), sometimes(fc.nat(2)))
            .map(([txid, index]): InputInput => ({ spends: index === null ? { txid } : { txid, index } })),
        ]),
  );
  return fc.tuple(test, sometimes(test)).map(([one, other]) => ({ ...other, ...one }));
}
