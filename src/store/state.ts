import { isDeepStrictEqual } from 'node:util';
import { isNetworkId, type NetworkId } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import { checksumOf } from './checksum.ts';
import type { CommitNumber } from './commit-number.ts';
import { damagedState } from './errors.ts';
import { FAMILY_NAMES, type PostingFamily } from './postings.ts';
import type { Run } from './runs/run.ts';

/** The version of the meaning of rows and state. A store of another version is refused. */
export const FORMAT = 5;

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
  /** A random number that tells this index from all others; 0 until a writer gives it one, as writers of before did not. */
  readonly mark: number;
  /** The height at which indexing began. */
  readonly start: number;
  /** Increases by one with each writer. */
  readonly epoch: number;
  /** The writer that may write. */
  readonly lease: WriterLease | null;
  /** The counter of the last commit in this epoch. Together they are its commit number. */
  readonly commit: number;
  /** The counter of the last commit of each past epoch that rows still name. Later commits of it were never made. */
  readonly epochs: Readonly<Record<number, number>>;
  readonly tip: BlockRef | null;
  /** The main chain's fork at each height where it is not 0. */
  readonly forks: Readonly<Record<number, number>>;
  /** The indexed heights, ascending, without gaps inside a range. */
  readonly coverage: readonly HeightRange[];
  /** The families of postings that the index has, beside those that every index has. */
  readonly families: FamilyStates;
  /** The runs that hold the postings, each in full. What none of them holds does not exist. */
  readonly runs: readonly Run[];
  /** Summary of the pending transactions; null until the mempool has been loaded. */
  readonly mempool: MempoolSummary | null;
  /** The last commit that removed unconfirmed transactions; null until one did. */
  readonly departed: CommitNumber | null;
  /** Transactions that departed up to this commit have been moved out of the tables of pending ones. */
  readonly moved: CommitNumber | null;
  /** The first commits of the stretches that `departedPostings` is divided into, ascending (departures.ts). */
  readonly stretches: readonly CommitNumber[];
  /** Unconfirmed transactions that departed up to this commit are swept, so older snapshots cannot be read any more. */
  readonly swept: CommitNumber | null;
  /** The event log has every commit after this one; null until it begins. */
  readonly logStart: CommitNumber | null;
  /** The node as the writer last saw it. */
  readonly node: NodeView | null;
  /** The progress of the writer when it last renewed its lease. */
  readonly progress: WriterProgress | null;
}

/** What the writer of an epoch left of each family. A writer of an earlier version keeps this text and does not keep it true. */
export interface FamilyStates {
  readonly epoch: number;
  readonly held: Readonly<Partial<Record<PostingFamily, FamilyState>>>;
}

export interface FamilyState {
  /** The heights at which the family is complete: indexed heights, ascending, without gaps inside a range. */
  readonly coverage: readonly HeightRange[];
  /** The commit from which on unconfirmed transactions have the postings, and later events their keys; null until then. */
  readonly since: CommitNumber | null;
}

export interface WriterLease {
  readonly holder: string;
  /** On the store's clock, in milliseconds since 1970. */
  readonly until: number;
  /** How long it was at first, in milliseconds; missing if an earlier version wrote it. */
  readonly ms?: number;
}

export interface WriterProgress {
  /** Over the last half minute or so. */
  readonly transactionsPerSecond: number;
  /** Transactions of the node's chain that the index lacks; null if the node does not report it. */
  readonly transactionsLeft: number | null;
  /** At the present speed; null while there is no estimate. */
  readonly secondsLeft: number | null;
}

/** The pending transactions as a whole. */
export interface MempoolSummary {
  readonly count: number;
  /** The sum of their virtual sizes, in bytes. */
  readonly virtualSize: number;
  /** The sum of the fees that are known, in satoshis. */
  readonly fees: number;
  /** By fee rate, ascending: the lowest rate of each range in satoshis per virtual byte, its transactions, and their virtual size. */
  readonly histogram: readonly FeeRateRange[];
}

export interface FeeRateRange {
  readonly from: number;
  readonly count: number;
  readonly virtualSize: number;
}

/** The tip of a branch other than the main chain, as the node reports it. */
export interface CompetingTip extends BlockRef {
  /** The number of its blocks after it leaves the main chain. */
  readonly branchLength: number;
  /** As Core's getchaintips has it: valid-fork, valid-headers, headers-only, invalid. */
  readonly status: string;
}

export interface NodeView {
  readonly tip: BlockRef;
  /** The best header that the node knows; above its tip while it syncs. */
  readonly headers: number;
  readonly version: string;
  /** Tips of other branches among the last blocks. */
  readonly competing: readonly CompetingTip[];
  /** When it last reported something new, in milliseconds since 1970. */
  readonly at: number;
}

export function initialState(network: NetworkId, start: number): ChainState {
  return {
    format: FORMAT,
    network,
    mark: 0,
    start,
    epoch: 0,
    lease: null,
    commit: 0,
    epochs: {},
    tip: null,
    forks: {},
    coverage: [],
    families: { epoch: 0, held: {} },
    runs: [],
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

/** The same state, which shares equal parts with another one, so that keeping both takes little more memory than one. */
export function sharing(state: ChainState, other: ChainState): ChainState {
  const parts = Object.entries(state).map(([name, part]) => {
    const known = other[name as keyof ChainState];
    return [name, isDeepStrictEqual(part, known) ? known : part];
  });
  return Object.fromEntries(parts);
}

/** Encodes as JSON. The last field is the checksum of the text before it. */
export function encodeState(state: ChainState): Uint8Array {
  const text = JSON.stringify(state).slice(0, -1);
  return new TextEncoder().encode(`${text}${checksumField(text)}`);
}

/** Reads a state record. Another format is refused before any other field is read. */
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
  return withTrueFamilies({ mark: 0, families: { epoch: 0, held: {} }, ...state } as unknown as ChainState);
}

/** A family begins anew if the last writer did not know it; one that this version does not know is none. */
function withTrueFamilies(state: ChainState): ChainState {
  const { epoch, held } = state.families;
  const known = FAMILY_NAMES.filter((family) => held[family] !== undefined);
  const begunAnew: FamilyState = { coverage: [], since: null };
  const entries = known.map((family) => [family, epoch === state.epoch ? held[family] : begunAnew]);
  return { ...state, families: { epoch: state.epoch, held: Object.fromEntries(entries) } };
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
