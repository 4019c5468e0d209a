import { lockingScriptOf } from '../chain/address.ts';
import type { InputDataPlace } from '../chain/input-data.ts';
import type { Network } from '../chain/networks.ts';
import type { ScriptType } from '../chain/script.ts';
import type { TokenCapability } from '../chain/token.ts';
import { BitqlError } from '../errors.ts';
import { ByteSet } from './byte-set.ts';
import type {
  BytesTest,
  InputTest,
  OutputTest,
  PushCondition,
  PushTest,
  Range,
  ScriptTest,
  TokenTest,
} from './filter.ts';
import { givenScript, MAX_GIVEN } from './given-addresses.ts';
import { foldedText } from './match-pushes.ts';

type Optional<T> = T | null | undefined;

/** A filter of the schema's type `OutputFilter`, with parsed scalars. */
export interface OutputInput extends ScriptInput {
  readonly index?: Optional<number>;
  readonly scriptHash?: Optional<Uint8Array>;
  readonly value?: Optional<RangeInput>;
  readonly spent?: Optional<boolean>;
  readonly data?: Optional<DataInput>;
  readonly token?: Optional<TokenInput>;
}

/** A filter of the schema's type `InputFilter`, with parsed scalars. */
export interface InputInput extends ScriptInput {
  readonly index?: Optional<number>;
  readonly value?: Optional<RangeInput>;
  readonly spends?: Optional<{ readonly txid: Uint8Array; readonly index?: Optional<number> }>;
  readonly unlockingScript?: Optional<DataInput>;
  readonly witness?: Optional<{ readonly items: readonly PushInput[] }>;
  readonly revealedScript?: Optional<DataInput>;
  readonly sequence?: Optional<RangeInput>;
  readonly coinbase?: Optional<boolean>;
}

interface ScriptInput {
  readonly address?: Optional<string>;
  readonly addresses?: Optional<readonly string[]>;
  readonly lockingScript?: Optional<{
    readonly equals?: Optional<Uint8Array>;
    readonly startsWith?: Optional<Uint8Array>;
    readonly pushes?: Optional<readonly PushInput[]>;
  }>;
  readonly types?: Optional<readonly ScriptType[]>;
}

export interface DataInput {
  readonly pushes: readonly PushInput[];
}

export interface PushInput {
  readonly index?: Optional<number>;
  readonly equals?: Optional<BytesInput>;
  readonly in?: Optional<readonly BytesInput[]>;
  readonly startsWith?: Optional<BytesInput>;
  readonly contains?: Optional<BytesInput>;
  readonly size?: Optional<RangeInput>;
  readonly utf8?: Optional<TextInput>;
  readonly opcode?: Optional<number>;
  readonly number?: Optional<RangeInput>;
}

/** Exactly one field is given. */
export interface BytesInput {
  readonly utf8?: Optional<string>;
  readonly hex?: Optional<Uint8Array>;
  readonly base64?: Optional<string>;
}

interface TextInput {
  readonly equals?: Optional<string>;
  readonly startsWith?: Optional<string>;
  readonly contains?: Optional<string>;
  readonly caseInsensitive?: Optional<boolean>;
}

interface TokenInput {
  readonly category?: Optional<Uint8Array>;
  readonly capabilities?: Optional<readonly NonNullable<TokenCapability>[]>;
  readonly commitment?: Optional<{
    readonly equals?: Optional<Uint8Array>;
    readonly startsWith?: Optional<Uint8Array>;
  }>;
  readonly amount?: Optional<RangeInput<string>>;
}

export interface RangeInput<T = number> {
  readonly gte?: Optional<T>;
  readonly gt?: Optional<T>;
  readonly lte?: Optional<T>;
  readonly lt?: Optional<T>;
}

const MAX_VALUES = 1_000;
const MAX_PUSH_CONDITIONS = 10;

/** @throws BAD_QUERY, BAD_ADDRESS */
export function parseOutput(input: OutputInput, network: Network): OutputTest[] {
  const { index, scriptHash, value, spent, data, token, lockingScript } = input;
  const tests: OutputTest[] = scriptTests(input, network);
  if (index != null) tests.push({ kind: 'index', index });
  if (scriptHash != null) tests.push({ kind: 'scriptHash', hash: scriptHash });
  if (value != null) tests.push({ kind: 'value', range: parseRange(value, 'value') });
  if (token != null) tests.push(parseToken(token));
  if (data != null) tests.push(...parseDataTests(data));
  if (lockingScript?.pushes != null)
    tests.push({ kind: 'pushes', pushes: parsePushes(lockingScript.pushes, 'pushes') });
  // The last, because it alone needs a look into the index.
  if (spent != null) tests.push({ kind: 'spent', is: spent });
  return something(tests, 'outputs');
}

/** @throws BAD_QUERY, BAD_ADDRESS */
export function parseInput(input: InputInput, network: Network): InputTest[] {
  const { index, value, spends, unlockingScript, witness, revealedScript, sequence, coinbase, lockingScript } = input;
  if (lockingScript?.pushes != null) {
    throw new BitqlError(
      'BAD_QUERY',
      '`lockingScript.pushes` is a condition on outputs only: ask for the output that is spent.',
    );
  }
  const tests: InputTest[] = scriptTests(input, network);
  if (index != null) tests.push({ kind: 'index', index });
  if (coinbase != null) tests.push({ kind: 'coinbase', is: coinbase });
  if (value != null) tests.push({ kind: 'value', range: parseRange(value, 'value') });
  if (spends != null) tests.push({ kind: 'spends', txid: spends.txid, index: spends.index ?? null });
  if (sequence != null) tests.push({ kind: 'sequence', range: parseRange(sequence, 'sequence') });
  if (unlockingScript != null) tests.push(parseInputData('unlockingScript', unlockingScript.pushes, 'pushes'));
  if (witness != null) tests.push(parseInputData('witness', witness.items, 'items'));
  if (revealedScript != null) tests.push(parseInputData('revealedScript', revealedScript.pushes, 'pushes'));
  return something(tests, 'inputs');
}

function parseInputData(place: InputDataPlace, given: readonly PushInput[], name: string): InputTest {
  const pushes = parsePushes(given, name);
  if (pushes.some(({ tests }) => tests.some(({ kind }) => kind === 'opcode'))) {
    throw new BitqlError('BAD_QUERY', `\`opcode\` is a condition on pushes of outputs only, not on \`${place}\`.`);
  }
  return { kind: 'inputData', place, pushes };
}

/** The tests of `data: [{ pushes }]`. @throws BAD_QUERY */
export function parseDataTests({ pushes }: DataInput): [OutputTest] {
  return [{ kind: 'data', pushes: parsePushes(pushes, 'pushes') }];
}

function scriptTests({ address, addresses, lockingScript, types }: ScriptInput, network: Network): ScriptTest[] {
  const tests: ScriptTest[] = [];
  if (address != null) tests.push({ kind: 'script', scripts: new ByteSet([lockingScriptOf(address, network)]) });
  if (addresses != null) tests.push({ kind: 'script', scripts: parseAddresses(addresses, network) });
  if (lockingScript?.equals != null) tests.push({ kind: 'script', scripts: new ByteSet([lockingScript.equals]) });
  if (lockingScript?.startsWith != null) tests.push({ kind: 'scriptStart', bytes: lockingScript.startsWith });
  if (types != null) tests.push({ kind: 'types', types: something(types, 'types') });
  return tests;
}

/** @throws BAD_QUERY, BAD_ADDRESS */
export function parseAddresses(addresses: readonly string[], network: Network): ByteSet {
  const given = something(atMost(addresses, MAX_GIVEN, 'addresses'), 'addresses');
  return new ByteSet(given.map((_, i) => givenScript(given, i, network)));
}

function parseToken({ category, capabilities, commitment, amount }: TokenInput): TokenTest {
  return {
    kind: 'token',
    category: category ?? null,
    capabilities: capabilities == null ? null : something(capabilities, 'capabilities'),
    commitment: commitment == null ? null : parseCommitment(commitment),
    amount: amount == null ? null : parseAmounts(amount),
  };
}

function parseCommitment({ equals, startsWith }: NonNullable<NonNullable<TokenInput['commitment']>>): BytesTest {
  if ((equals == null) === (startsWith == null)) {
    throw new BitqlError('BAD_QUERY', '`commitment` takes `equals` or `startsWith`.');
  }
  return equals != null
    ? { kind: 'equals', values: new ByteSet([equals]) }
    : { kind: 'startsWith', bytes: startsWith! };
}

function parseAmounts(range: RangeInput<string>): Range<bigint> {
  const parsed = Object.entries(range).map(([name, text]) => {
    if (text != null && !/^\d{1,19}$/.test(text)) {
      throw new BitqlError('BAD_QUERY', `\`amount.${name}\` must be a whole number in decimal digits, in quotes.`);
    }
    return [name, text == null ? undefined : BigInt(text)];
  });
  return parseRange<bigint>(Object.fromEntries(parsed), 'amount');
}

/** @throws BAD_QUERY for a range that says nothing, or that no value is in */
export function parseRange<T extends number | bigint = number>(
  { gte, gt, lte, lt }: RangeInput<T>,
  name: string,
): Range<T> {
  const lowest = [gte, gt].filter((limit) => limit != null);
  const highest = [lte, lt].filter((limit) => limit != null);
  if (lowest.length + highest.length === 0) {
    throw new BitqlError('BAD_QUERY', `\`${name}\` must have a limit: \`gte\`, \`gt\`, \`lte\` or \`lt\`.`);
  }
  if (lowest.length === 2 || highest.length === 2) {
    throw new BitqlError('BAD_QUERY', `\`${name}\` takes one of \`gte\` and \`gt\`, and one of \`lte\` and \`lt\`.`);
  }
  if (lowest.length + highest.length === 2 && lowest[0]! > highest[0]!) {
    throw new BitqlError('BAD_QUERY', `\`${name}\` ends (${highest[0]}) before it begins (${lowest[0]}).`);
  }
  const limits = { gte, gt, lte, lt };
  return Object.fromEntries(Object.entries(limits).filter(([, limit]) => limit != null)) as Range<T>;
}

function parsePushes(pushes: readonly PushInput[], name: string): PushCondition[] {
  return something(atMost(pushes, MAX_PUSH_CONDITIONS, name), name).map(parsePush);
}

function parsePush(input: PushInput): PushCondition {
  const { index, equals, in: values, startsWith, contains, size, utf8, opcode, number } = input;
  if (equals != null && startsWith != null) {
    throw new BitqlError('BAD_QUERY', 'A condition on a push takes `equals` or `startsWith`, not both.');
  }
  if (index != null && index < 0) throw new BitqlError('BAD_QUERY', '`index` must be at least 0.');
  const tests: PushTest[] = [];
  if (equals != null) tests.push({ kind: 'equals', values: new ByteSet([parseBytes(equals)]) });
  if (values != null) {
    tests.push({
      kind: 'equals',
      values: new ByteSet(something(atMost(values, MAX_VALUES, 'in'), 'in').map(parseBytes)),
    });
  }
  if (startsWith != null) tests.push({ kind: 'startsWith', bytes: parseBytes(startsWith) });
  if (size != null) tests.push({ kind: 'size', range: parseRange(size, 'size') });
  if (opcode != null) tests.push({ kind: 'opcode', opcode: parseOpcode(opcode) });
  if (number != null) tests.push({ kind: 'number', range: parseRange(number, 'number') });
  if (contains != null) tests.push({ kind: 'contains', bytes: parseBytes(contains) });
  if (utf8 != null) tests.push(...parseText(utf8));
  return { index: index ?? null, tests };
}

function parseOpcode(opcode: number): number {
  if (opcode < 0 || opcode > 0xff)
    throw new BitqlError('BAD_QUERY', `\`opcode\` must be from 0 to 255, not ${opcode}.`);
  return opcode;
}

function parseText({ equals, startsWith, contains, caseInsensitive }: TextInput): PushTest[] {
  const ignoreCase = caseInsensitive ?? false;
  const places = { equals, startsWith, contains };
  const tests = Object.entries(places).flatMap(([place, given]): PushTest[] => {
    if (given == null) return [];
    const encoded = encodeText(given);
    const bytes = ignoreCase ? foldedText(given) : encoded;
    return [{ kind: 'text', place: place as keyof typeof places, bytes, ignoreCase }];
  });
  if (tests.length > 0) return tests;
  throw new BitqlError('BAD_QUERY', '`utf8` must have `equals`, `startsWith` or `contains`.');
}

function parseBytes({ utf8, hex, base64 }: BytesInput): Uint8Array {
  if (utf8 != null) return encodeText(utf8);
  if (hex != null) return hex;
  const text = base64 ?? '';
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(text))
    throw new BitqlError('BAD_QUERY', '`base64` contains characters that are not base64.');
  return new Uint8Array(Buffer.from(text, 'base64'));
}

/** Half a surrogate pair is refused: it is no character, and would be encoded as another one. */
function encodeText(utf8: string): Uint8Array {
  if (!utf8.isWellFormed())
    throw new BitqlError('BAD_QUERY', '`utf8` contains half of a surrogate pair: give `hex` instead.');
  return new TextEncoder().encode(utf8);
}

export function atMost<T>(list: readonly T[], max: number, name: string): readonly T[] {
  if (list.length > max)
    throw new BitqlError('BAD_QUERY', `\`${name}\` may have at most ${max} members, not ${list.length}.`);
  return list;
}

function something<T>(list: readonly T[], name: string): T[] {
  if (list.length === 0) throw new BitqlError('BAD_QUERY', `\`${name}\` must hold at least one condition.`);
  return [...list];
}
