import { lockingScriptOf } from '../chain/address.ts';
import type { Network } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import { MAX_HEIGHT } from '../store/position.ts';
import { ByteSet } from './byte-set.ts';
import {
  type Bounds,
  combine,
  conditionsOf,
  type Filter,
  type FilterCondition,
  type Flag,
  type NumberField,
  negate,
  type Predicate,
} from './filter.ts';
import {
  atMost,
  type DataInput,
  type InputInput,
  type OutputInput,
  parseAddresses,
  parseDataTests,
  parseInput,
  parseOutput,
  parseRange,
  type RangeInput,
} from './parse-output-filter.ts';

/** A filter of the schema's type `TransactionFilter`, with parsed scalars: hashes are in internal byte order. */
export interface FilterInput extends Partial<Readonly<Record<NumberField, RangeInput | null | undefined>>> {
  readonly and?: readonly FilterInput[] | null | undefined;
  readonly or?: readonly FilterInput[] | null | undefined;
  readonly not?: FilterInput | null | undefined;
  readonly txids?: readonly Uint8Array[] | null | undefined;
  readonly address?: string | null | undefined;
  readonly addresses?: readonly string[] | null | undefined;
  readonly block?: BoundsInput | null | undefined;
  readonly time?: BoundsInput | null | undefined;
  readonly firstSeen?: BoundsInput | null | undefined;
  readonly coinbase?: boolean | null | undefined;
  readonly confirmed?: boolean | null | undefined;
  readonly hasWitness?: boolean | null | undefined;
  readonly signalsReplacement?: boolean | null | undefined;
  readonly removed?: boolean | null | undefined;
  readonly outputs?: readonly OutputInput[] | null | undefined;
  readonly inputs?: readonly InputInput[] | null | undefined;
  readonly data?: readonly DataInput[] | null | undefined;
}

export interface BoundsInput {
  readonly from?: number | null | undefined;
  readonly to?: number | null | undefined;
}

const MAX_DEPTH = 8;
const MAX_CONDITIONS = 32;
const MAX_TXIDS = 1_000;
const MAX_MEMBERS = 10;
export const MAX_TIME = 0xffff_ffff;

const FLAGS: readonly Flag[] = ['confirmed', 'coinbase', 'hasWitness', 'signalsReplacement'];
const NUMBERS: readonly NumberField[] = [
  'fee',
  'feeRate',
  'size',
  'virtualSize',
  'weight',
  'outputValue',
  'inputCount',
  'outputCount',
  'version',
  'lockTime',
];

/** @throws BAD_QUERY, BAD_ADDRESS */
export function parseFilter(input: FilterInput, network: Network): Filter {
  const predicate = parsePredicate(input, network, 1);
  const count = conditionsOf(predicate).length;
  if (count > MAX_CONDITIONS) {
    throw new BitqlError(
      'BAD_QUERY',
      `A filter may have at most ${MAX_CONDITIONS} conditions, not ${count}: use lists such as \`addresses\`, \`txids\` and \`in\`, or ask several queries.`,
    );
  }
  return { removed: isOfRemoved(input) ?? false, predicate };
}

function parsePredicate(input: FilterInput, network: Network, depth: number): Predicate {
  if (depth > MAX_DEPTH) {
    throw new BitqlError('BAD_QUERY', `\`and\`, \`or\` and \`not\` may be nested at most ${MAX_DEPTH - 1} deep.`);
  }
  const { and, or, not } = input;
  const members: Predicate[] = conditionsIn(input, network).map((condition) => ({ op: 'is', condition }));
  for (const flag of FLAGS) {
    const value = input[flag];
    if (value != null) members.push({ op: value ? 'is' : 'is not', condition: { kind: flag } });
  }
  const inside = (member: FilterInput) => parsePredicate(member, network, depth + 1);
  if (and != null) members.push(...some(and, 'and').map(inside));
  if (or != null) {
    for (const member of some(or, 'or')) refuseRemoved(member, 'or');
    members.push(combine('or', or.map(inside)));
  }
  if (not != null) {
    refuseRemoved(not, 'not');
    members.push(negate(inside(not)));
  }
  return combine('and', members);
}

function conditionsIn(input: FilterInput, network: Network): FilterCondition[] {
  const { txids, address, addresses, block, time, firstSeen, outputs, inputs, data } = input;
  const conditions: FilterCondition[] = [];
  if (txids != null) conditions.push({ kind: 'txid', txids: new ByteSet(atMost(txids, MAX_TXIDS, 'txids')) });
  if (address != null) conditions.push({ kind: 'address', scripts: new ByteSet([lockingScriptOf(address, network)]) });
  if (addresses != null) conditions.push({ kind: 'address', scripts: parseAddresses(addresses, network) });
  if (block != null) conditions.push({ kind: 'height', bounds: parseBounds(block, MAX_HEIGHT, 'block') });
  if (time != null) conditions.push({ kind: 'time', bounds: parseBounds(time, MAX_TIME, 'time') });
  if (firstSeen != null) conditions.push({ kind: 'firstSeen', bounds: parseBounds(firstSeen, MAX_TIME, 'firstSeen') });
  for (const kind of NUMBERS) {
    const range = input[kind];
    if (range != null) conditions.push({ kind, range: parseRange(range, kind) });
  }
  for (const output of atMost(outputs ?? [], MAX_MEMBERS, 'outputs')) {
    conditions.push({ kind: 'output', tests: parseOutput(output, network) });
  }
  for (const one of atMost(inputs ?? [], MAX_MEMBERS, 'inputs')) {
    conditions.push({ kind: 'input', tests: parseInput(one, network) });
  }
  for (const one of atMost(data ?? [], MAX_MEMBERS, 'data')) {
    conditions.push({ kind: 'output', tests: parseDataTests(one) });
  }
  return conditions;
}

/** @throws BAD_QUERY */
export function parseBounds({ from, to }: BoundsInput, max: number, name: string): Bounds {
  const bounds = { from: from ?? 0, to: to ?? max };
  if (bounds.from < 0) throw new BitqlError('BAD_QUERY', `\`${name}.from\` must be at least 0, not ${bounds.from}.`);
  if (bounds.to < bounds.from) {
    throw new BitqlError('BAD_QUERY', `\`${name}\` ends (${bounds.to}) before it begins (${bounds.from}).`);
  }
  return bounds;
}

/** What the filter, or a member of its `and`, says of `removed`; null if none says anything. */
function isOfRemoved({ removed, and }: FilterInput): boolean | null {
  const said = [removed ?? null, ...(and ?? []).map(isOfRemoved)].filter((value) => value !== null);
  if (new Set(said).size < 2) return said[0] ?? null;
  throw new BitqlError('BAD_QUERY', 'The filter asks for `removed: true` and for `removed: false`: give one of them.');
}

/** Removed transactions are another list, so one query cannot have both. */
function refuseRemoved({ removed, and, or, not }: FilterInput, inside: string): void {
  if (removed != null) {
    throw new BitqlError(
      'BAD_QUERY',
      `\`removed\` cannot be inside of \`${inside}\`: give it beside, for the whole filter.`,
    );
  }
  for (const member of [...(and ?? []), ...(or ?? []), ...(not == null ? [] : [not])]) refuseRemoved(member, inside);
}

function some<T>(members: readonly T[], name: string): readonly T[] {
  if (members.length > 0) return members;
  throw new BitqlError('BAD_QUERY', `\`${name}\` must have at least one member.`);
}
