import type { InputDataPlace } from '../chain/input-data.ts';
import type { ScriptType } from '../chain/script.ts';
import type { TokenCapability } from '../chain/token.ts';
import type { ByteSet } from './byte-set.ts';

/** A parsed transaction filter, which queries, subscriptions and exports share. */
export interface Filter {
  /** Whether to match transactions that left the mempool and are in no block, instead of all others. */
  readonly removed: boolean;
  readonly predicate: Predicate;
}

/**
 * Conditions combined by "and" and "or"; negations stand only at conditions. An empty "and" holds for every transaction, an
 * empty "or" for none. A predicate has three values: a condition on a value that is not known neither holds nor fails, and
 * then neither does its negation.
 */
export type Predicate =
  | { readonly op: 'and' | 'or'; readonly of: readonly Predicate[] }
  | { readonly op: 'is' | 'is not'; readonly condition: FilterCondition };

/** A condition on a transaction, or on one of its outputs or inputs. */
export type FilterCondition =
  /** Internal byte order. */
  | { readonly kind: 'txid'; readonly txids: ByteSet }
  /** It pays one of these locking scripts, or spends from one. */
  | { readonly kind: 'address'; readonly scripts: ByteSet }
  /** It is in a block with such a height. */
  | { readonly kind: 'height'; readonly bounds: Bounds }
  /** It is in a block with such a header time, in unix seconds. */
  | { readonly kind: 'time'; readonly bounds: Bounds }
  /** When the node took it into its mempool, in unix seconds. */
  | { readonly kind: 'firstSeen'; readonly bounds: Bounds }
  | { readonly kind: Flag }
  | { readonly kind: NumberField; readonly range: Range }
  /** One of its outputs passes all tests. */
  | { readonly kind: 'output'; readonly tests: readonly OutputTest[] }
  /** One of its inputs passes all tests. */
  | { readonly kind: 'input'; readonly tests: readonly InputTest[] };

export type Flag = 'confirmed' | 'coinbase' | 'hasWitness' | 'signalsReplacement';

export type NumberField =
  | 'fee'
  | 'feeRate'
  | 'size'
  | 'virtualSize'
  | 'weight'
  | 'outputValue'
  | 'inputCount'
  | 'outputCount'
  | 'version'
  | 'lockTime';

/** Both inclusive. */
export interface Bounds {
  readonly from: number;
  readonly to: number;
}

/** Limits of a value; undefined for no limit. */
export interface Range<T = number> {
  readonly gte?: T | undefined;
  readonly gt?: T | undefined;
  readonly lte?: T | undefined;
  readonly lt?: T | undefined;
}

/** A test of one output. */
export type OutputTest =
  | { readonly kind: 'index'; readonly index: number }
  | ScriptTest
  /** SHA-256 of the locking script, which must be one that can be spent. */
  | { readonly kind: 'scriptHash'; readonly hash: Uint8Array }
  /** It is a data output with such pushes. */
  | { readonly kind: 'data'; readonly pushes: readonly PushCondition[] }
  /** It has neither an address nor data, and its script has such pushes. */
  | { readonly kind: 'pushes'; readonly pushes: readonly PushCondition[] }
  | { readonly kind: 'value'; readonly range: Range }
  | { readonly kind: 'spent'; readonly is: boolean }
  | TokenTest;

/** A test of one input. Those of scripts and values are about the output that it spends. */
export type InputTest =
  | { readonly kind: 'index'; readonly index: number }
  | ScriptTest
  | { readonly kind: 'value'; readonly range: Range }
  /** The outpoint that it spends; any output of the transaction if the index is null. */
  | { readonly kind: 'spends'; readonly txid: Uint8Array; readonly index: number | null }
  /** Its data (`inputData`) in one place. */
  | { readonly kind: 'inputData'; readonly place: InputDataPlace; readonly pushes: readonly PushCondition[] }
  | { readonly kind: 'sequence'; readonly range: Range }
  | { readonly kind: 'coinbase'; readonly is: boolean };

/** A test of a locking script. */
export type ScriptTest =
  | { readonly kind: 'script'; readonly scripts: ByteSet }
  | { readonly kind: 'scriptStart'; readonly bytes: Uint8Array }
  | { readonly kind: 'types'; readonly types: readonly ScriptType[] };

/** A test of an output's CashTokens. Fields that are null are not tested. */
export interface TokenTest {
  readonly kind: 'token';
  /** Internal byte order. */
  readonly category: Uint8Array | null;
  readonly capabilities: readonly TokenCapability[] | null;
  readonly commitment: BytesTest | null;
  readonly amount: Range<bigint> | null;
}

/** A condition on one push of a script: all its tests hold on the same push. */
export interface PushCondition {
  /** The index of the push, from 0; null for any. */
  readonly index: number | null;
  readonly tests: readonly PushTest[];
}

export type BytesTest =
  | { readonly kind: 'equals'; readonly values: ByteSet }
  | { readonly kind: 'startsWith'; readonly bytes: Uint8Array };

export type PushTest =
  | BytesTest
  | { readonly kind: 'contains'; readonly bytes: Uint8Array }
  | { readonly kind: 'size'; readonly range: Range }
  | {
      readonly kind: 'text';
      readonly place: 'equals' | 'startsWith' | 'contains';
      /** In UTF-8; without upper and lower case (`foldedText`) if these are ignored. */
      readonly bytes: Uint8Array;
      readonly ignoreCase: boolean;
    }
  | { readonly kind: 'opcode'; readonly opcode: number }
  | { readonly kind: 'number'; readonly range: Range };

export const EVERYTHING: Predicate = { op: 'and', of: [] };
export const NOTHING: Predicate = { op: 'or', of: [] };
export const NO_FILTER: Filter = { removed: false, predicate: EVERYTHING };

export type Order = 'NEWEST_FIRST' | 'OLDEST_FIRST';

/** The filter with one condition. */
export function filterBy(condition: FilterCondition): Filter {
  return { removed: false, predicate: { op: 'is', condition } };
}

/** All members hold, or one of them does, without members that decide nothing. */
export function combine(op: 'and' | 'or', members: readonly Predicate[]): Predicate {
  const of = members.flatMap((member) => ('of' in member && member.op === op ? member.of : [member]));
  const decided = of.find((member) => 'of' in member && member.op !== op && member.of.length === 0);
  return decided ?? (of.length === 1 ? of[0]! : { op, of });
}

/** Holds where the predicate fails. */
export function negate(predicate: Predicate): Predicate {
  if (!('of' in predicate)) return { op: predicate.op === 'is' ? 'is not' : 'is', condition: predicate.condition };
  return combine(predicate.op === 'and' ? 'or' : 'and', predicate.of.map(negate));
}

/** The conditions of a predicate, negated ones too. */
export function conditionsOf(predicate: Predicate): FilterCondition[] {
  return 'of' in predicate ? predicate.of.flatMap(conditionsOf) : [predicate.condition];
}
