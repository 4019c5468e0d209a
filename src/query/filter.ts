import { lockingScriptOf } from '../chain/address.ts';
import type { Network } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import { MAX_HEIGHT } from '../store/position.ts';

/**
 * A parsed transaction filter, which queries, subscriptions and exports share. A transaction must meet all its conditions;
 * null or an empty list means that there is no such condition.
 */
export interface Filter {
  /** Internal byte order. */
  readonly txids: readonly Uint8Array[] | null;
  /** A locking script that the transaction pays to or spends from. */
  readonly lockingScript: Uint8Array | null;
  /** Block heights, both inclusive. */
  readonly heights: Bounds | null;
  /** Block times in unix seconds, both inclusive. */
  readonly times: Bounds | null;
  readonly coinbase: boolean | null;
  /** Whether it is in a block. */
  readonly confirmed: boolean | null;
  /** Whether to match transactions that left the mempool and are in no block, instead of all others. */
  readonly removed: boolean;
  /** Each must be met by one data output of the transaction, not necessarily the same one. */
  readonly data: readonly DataCondition[];
}

export interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** Conditions on the pushes of one data output, which must meet all of them. */
export interface DataCondition {
  readonly pushes: readonly PushCondition[];
}

export interface PushCondition {
  /** The index of the push after OP_RETURN, from 0; null for any. */
  readonly index: number | null;
  /** What the push equals or starts with; null if it only has to exist. */
  readonly match: BytesCondition | null;
}

export interface BytesCondition {
  readonly kind: 'equals' | 'startsWith';
  readonly bytes: Uint8Array;
}

export const NO_FILTER: Filter = {
  txids: null,
  lockingScript: null,
  heights: null,
  times: null,
  coinbase: null,
  confirmed: null,
  removed: false,
  data: [],
};

export type Order = 'NEWEST_FIRST' | 'OLDEST_FIRST';

/** A filter of the schema's type `TransactionFilter`, with parsed scalars: hashes are in internal byte order. */
export interface FilterInput {
  readonly txids?: readonly Uint8Array[] | null | undefined;
  readonly address?: string | null | undefined;
  readonly block?: RangeInput | null | undefined;
  readonly time?: RangeInput | null | undefined;
  readonly coinbase?: boolean | null | undefined;
  readonly confirmed?: boolean | null | undefined;
  readonly removed?: boolean | null | undefined;
  readonly data?: readonly { readonly pushes: readonly PushInput[] }[] | null | undefined;
}

export interface RangeInput {
  readonly from?: number | null | undefined;
  readonly to?: number | null | undefined;
}

export interface PushInput {
  readonly index?: number | null | undefined;
  readonly equals?: BytesInput | null | undefined;
  readonly startsWith?: BytesInput | null | undefined;
}

/** Exactly one field is given. */
export interface BytesInput {
  readonly utf8?: string | null | undefined;
  readonly hex?: Uint8Array | null | undefined;
  readonly base64?: string | null | undefined;
}

const MAX_TXIDS = 1_000;
const MAX_DATA_CONDITIONS = 10;
const MAX_PUSH_CONDITIONS = 10;
const MAX_TIME = 0xffff_ffff;

/** @throws BAD_QUERY, BAD_ADDRESS */
export function parseFilter(input: FilterInput, network: Network): Filter {
  const { txids, address, block, time, coinbase, confirmed, removed, data } = input;
  return {
    txids: txids == null ? null : atMost(txids, MAX_TXIDS, 'txids'),
    lockingScript: address == null ? null : lockingScriptOf(address, network),
    heights: block == null ? null : parseRange(block, MAX_HEIGHT, 'block'),
    times: time == null ? null : parseRange(time, MAX_TIME, 'time'),
    coinbase: coinbase ?? null,
    confirmed: confirmed ?? null,
    removed: removed ?? false,
    data: atMost(data ?? [], MAX_DATA_CONDITIONS, 'data').map(parseData),
  };
}

function parseRange({ from, to }: RangeInput, max: number, name: string): Bounds {
  const bounds = { from: from ?? 0, to: to ?? max };
  if (bounds.from < 0) throw new BitqlError('BAD_QUERY', `\`${name}.from\` must be at least 0, not ${bounds.from}.`);
  if (bounds.to < bounds.from) {
    throw new BitqlError('BAD_QUERY', `\`${name}\` ends (${bounds.to}) before it begins (${bounds.from}).`);
  }
  return bounds;
}

function parseData({ pushes }: { readonly pushes: readonly PushInput[] }): DataCondition {
  if (pushes.length === 0) throw new BitqlError('BAD_QUERY', '`pushes` must hold at least one condition.');
  return { pushes: atMost(pushes, MAX_PUSH_CONDITIONS, 'pushes').map(parsePush) };
}

function parsePush({ index, equals, startsWith }: PushInput): PushCondition {
  if (equals != null && startsWith != null) {
    throw new BitqlError('BAD_QUERY', 'A condition on a push takes `equals` or `startsWith`, not both.');
  }
  if (index != null && index < 0) throw new BitqlError('BAD_QUERY', '`index` must be at least 0.');
  const place = index ?? null;
  if (equals != null) return { index: place, match: { kind: 'equals', bytes: parseBytes(equals) } };
  if (startsWith != null) return { index: place, match: { kind: 'startsWith', bytes: parseBytes(startsWith) } };
  return { index: place, match: null };
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

function atMost<T>(list: readonly T[], max: number, name: string): readonly T[] {
  if (list.length > max)
    throw new BitqlError('BAD_QUERY', `\`${name}\` may have at most ${max} members, not ${list.length}.`);
  return list;
}
