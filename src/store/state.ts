import { isDeepStrictEqual } from 'node:util';
import { isNetworkId, type NetworkId } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import { checksumOf } from './checksum.ts';
import type { CommitNumber } from './commit-number.ts';
import { damagedState } from './errors.ts';

/** The version of what the rows and the state mean. A store of another one is refused. */
export const FORMAT = 3;

export interface BlockRef {
  readonly height: number;
  /** Display-order hex. */
  readonly hash: string;
}

/** Heights from the first to the last, both inclusive. */
export type HeightRange = readonly [from: number, to: number];

/** The one record of a store that changes: the only commit point. */
export interface ChainState {
  readonly format: typeof FORMAT;
  readonly network: NetworkId;
  /** The height that indexing began at. */
  readonly start: number;
  /** Goes up by one with each writer. */
  readonly epoch: number;
  /** Who may write. */
  readonly lease: WriterLease | null;
  /** The counter of the last commit in this epoch: with the epoch, its commit number. */
  readonly commit: number;
  /** Of past epochs that rows still name, the counter of the last commit: what is beyond it never happened. */
  readonly epochs: Readonly<Record<number, number>>;
  readonly tip: BlockRef | null;
  /** The main chain's fork at each height where it is not 0. */
  readonly forks: Readonly<Record<number, number>>;
  /** What is indexed, ascending, without gaps inside a range. */
  readonly coverage: readonly HeightRange[];
  /** What the pending transactions are together; null until the mempool was taken in. */
  readonly mempool: MempoolSummary | null;
  /** The last commit that took unconfirmed transactions away; null until one did. */
  readonly departed: CommitNumber | null;
  /** What went away up to this commit is out of the tables of what is pending. */
  readonly moved: CommitNumber | null;
  /** The first commits of the stretches that `departedPostings` is divided into, ascending (departed.ts). */
  readonly stretches: readonly CommitNumber[];
  /** Unconfirmed transactions that went away up to this commit are swept: snapshots of before cannot be read any more. */
  readonly swept: CommitNumber | null;
  /** The event log tells of every commit behind this one; null until it begins. */
  readonly logStart: CommitNumber | null;
  /** The node as the writer last saw it. */
  readonly node: NodeView | null;
  /** How the writer at work gets on, as it said when it last renewed its lease. */
  readonly progress: WriterProgress | null;
}

export interface WriterLease {
  readonly holder: string;
  /** On the store's clock, in milliseconds since 1970. */
  readonly until: number;
  /** How long it was at first, in milliseconds; missing where an earlier version wrote it. */
  readonly ms?: number;
}

export interface WriterProgress {
  /** Over the last half minute or so. */
  readonly transactionsPerSecond: number;
  /** What the node's chain has and the index lacks; null where the node cannot tell. */
  readonly transactionsLeft: number | null;
  /** At the present speed; null while nothing can be said. */
  readonly secondsLeft: number | null;
}

/** The pending transactions as a whole. */
export interface MempoolSummary {
  readonly count: number;
  /** The sum of their virtual sizes, in bytes. */
  readonly virtualSize: number;
  /** The sum of the fees that are known, in satoshis. */
  readonly fees: number;
  /** By fee rate, ascending: from how many satoshis a virtual byte on, how many transactions, and their virtual size. */
  readonly histogram: readonly FeeRateRange[];
}

export interface FeeRateRange {
  readonly from: number;
  readonly count: number;
  readonly virtualSize: number;
}

/** The tip of another branch than the main chain, as the node tells it. */
export interface CompetingTip extends BlockRef {
  /** Blocks from where it leaves the main chain. */
  readonly branchLength: number;
  /** What the node knows of it (Core, getchaintips): valid-fork, valid-headers, headers-only, invalid. */
  readonly status: string;
}

export interface NodeView {
  readonly tip: BlockRef;
  /** The best header that the node knows; above its tip while it syncs. */
  readonly headers: number;
  readonly version: string;
  /** Tips of other branches, those of the last blocks. */
  readonly competing: readonly CompetingTip[];
  /** When it last said something new, in milliseconds since 1970. */
  readonly at: number;
}

export function initialState(network: NetworkId, start: number): ChainState {
  return {
    format: FORMAT,
    network,
    start,
    epoch: 0,
    lease: null,
    commit: 0,
    epochs: {},
    tip: null,
    forks: {},
    coverage: [],
    mempool: null,
    departed: null,
    moved: null,
    stretches: [],
    swept: null,
    logStart: null,
    node: null,
    progress: null,
  };
}

/** The same, made of parts of another one where they are equal: states that are kept beside each other take little more than one. */
export function sharing(state: ChainState, other: ChainState): ChainState {
  const parts = Object.entries(state).map(([name, part]) => {
    const known = other[name as keyof ChainState];
    return [name, isDeepStrictEqual(part, known) ? known : part];
  });
  return Object.fromEntries(parts);
}

/** JSON, of which the last field is the checksum of the text before it. */
export function encodeState(state: ChainState): Uint8Array {
  const text = JSON.stringify(state).slice(0, -1);
  return new TextEncoder().encode(`${text}${checksumField(text)}`);
}

/** Reads a state record. Another format is refused before anything else of it is looked at. */
export function decodeState(bytes: Uint8Array): ChainState {
  const text = textOf(bytes);
  const end = text.length - checksumField('').length;
  const isChecked = text.slice(end, end + CHECKSUM_NAME.length) === CHECKSUM_NAME;
  if (isChecked && text.slice(end) !== checksumField(text.slice(0, end))) throw damagedState();
  const { checksum, ...state } = parse(text);
  if (typeof state.format !== 'number') throw damagedState();
  if (state.format > FORMAT) {
    throw new BitqlError(
      'STORE_NEWER_FORMAT',
      `The database has format ${state.format}, but this BitQL reads format ${FORMAT}: update BitQL, or index into another database.`,
    );
  }
  if (state.format < FORMAT) {
    throw new BitqlError(
      'STORE_OLDER_FORMAT',
      `The database has format ${state.format}, but this BitQL reads format ${FORMAT}: index into another database, and ` +
        'serve this one with the version of BitQL that wrote it until that is done.',
    );
  }
  if (!isChecked || typeof state.network !== 'string' || !isNetworkId(state.network)) throw damagedState();
  return state as unknown as ChainState;
}

const CHECKSUM_NAME = ',"checksum":"';

function checksumField(text: string): string {
  const checksum = checksumOf(new TextEncoder().encode(text)).toString(16).padStart(8, '0');
  return `${CHECKSUM_NAME}${checksum}"}`;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw damagedState(error);
  }
}

function parse(text: string): { format?: unknown; network?: unknown; checksum?: unknown } {
  try {
    const state: unknown = JSON.parse(text);
    if (typeof state === 'object' && state !== null) return state;
  } catch (error) {
    throw damagedState(error);
  }
  throw damagedState();
}
