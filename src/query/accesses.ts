import { dataPushes, isData } from '../chain/data.ts';
import type { Network } from '../chain/networks.ts';
import { dataOffset, MAX_SCRIPT_SIZE, type ScriptType } from '../chain/script.ts';
import { MIN_SCRIPT_DATA, mayBeginAddressScript } from '../chain/script-data.ts';
import {
  categoryKey,
  commitmentKey,
  type IndexedBytes,
  lockKey,
  outpointKey,
  type PostingKind,
  RUNGS,
  rungKind,
} from '../store/postings.ts';
import type { KeyRange } from '../store/store.ts';
import type {
  FilterCondition,
  InputTest,
  OutputTest,
  Predicate,
  PushCondition,
  PushTest,
  ScriptTest,
  TokenTest,
} from './filter.ts';
import { type KeySpan, shortPrefixSpan, spendersSpan } from './gather.ts';

/** One access to the index. */
export type IndexAccess =
  | { readonly kind: 'txid'; readonly txids: readonly Uint8Array[] }
  | PostingAccess
  /** Postings of many keys, which are not in chain order. */
  | { readonly kind: 'span'; readonly posting: PostingKind; readonly span: KeySpan }
  | { readonly kind: 'coinbases' }
  | { readonly kind: 'chain' };

/** The postings of one kind and key. */
export interface PostingAccess {
  readonly kind: 'posting';
  readonly posting: PostingKind;
  /** Longer keys are cut, shorter ones padded. */
  readonly key: Uint8Array;
  /** Which postings can stand for a match, by their values. */
  readonly value: ValueTest;
}

/** Any value; those of transactions that pay the script; those of bytes with this length, or with at least this length. */
export type ValueTest = 'any' | 'pays' | { readonly length: number; readonly isLeast: boolean };

/** Accesses to the index that lead to all transactions which satisfy a predicate, and to others. */
export type PlanNode =
  | { readonly op: 'access'; readonly access: IndexAccess }
  | { readonly op: 'and' | 'or'; readonly of: readonly PlanNode[] }
  /** The candidates within a range of positions. */
  | { readonly op: 'within'; readonly range: KeyRange; readonly inner: PlanNode }
  /** Without the candidates of accesses that hold only transactions which do not match. */
  | { readonly op: 'without'; readonly excluded: readonly IndexAccess[]; readonly inner: PlanNode };

/** The index that leads are looked for in. */
export interface LeadContext {
  readonly network: Network;
  /** Whether the index has all postings of a kind, wherever a match can be. */
  canUse(kind: PostingKind): boolean;
}

/** The accesses that lead to everything that satisfies a predicate, wherever it is; null if no index does. */
export function leadOfPredicate(predicate: Predicate, context: LeadContext): PlanNode | null {
  if (!('of' in predicate)) return predicate.op === 'is' ? leadOfCondition(predicate.condition, context) : null;
  const leads = predicate.of.map((member) => leadOfPredicate(member, context));
  return predicate.op === 'and' ? bestOf(leads) : anyOf(leads);
}

/** The accesses that lead to everything that satisfies a condition; null if no index does. */
export function leadOfCondition(condition: FilterCondition, context: LeadContext): PlanNode | null {
  const usable = (node: PlanNode | null) =>
    node !== null && kindsIn(node).every((kind) => context.canUse(kind)) ? node : null;
  const { network } = context;
  switch (condition.kind) {
    case 'txid':
      return access({ kind: 'txid', txids: condition.txids.values });
    case 'address':
      return anyOf(condition.scripts.values.map((script) => posting('lock', lockKey(script))));
    case 'output':
      return bestOf(condition.tests.map((test) => usable(leadOfOutput(test, condition.tests, network))));
    case 'input':
      return bestOf(condition.tests.map((test) => usable(leadOfInput(test))));
    case 'coinbase':
      return access({ kind: 'coinbases' });
    default:
      return null;
  }
}

/** The kinds of the postings that a plan reads. */
export function kindsIn(node: PlanNode): PostingKind[] {
  if (node.op === 'access') return 'posting' in node.access ? [node.access.posting] : [];
  return 'of' in node ? node.of.flatMap(kindsIn) : kindsIn(node.inner);
}

/**
 * Every lead that narrows a search well; if there is none, the first that narrows it at all, such as all pushes that begin with
 * one byte. Null if there are none.
 */
export function bestOf(leads: readonly (PlanNode | null)[]): PlanNode | null {
  const known = leads.filter((lead) => lead !== null);
  const strong = known.filter((lead) => !isWeak(lead));
  const of = strong.length > 0 ? strong : known.slice(0, 1);
  return of.length > 1
    ? { op: 'and', of: of.flatMap((lead) => (lead.op === 'and' ? lead.of : [lead])) }
    : (of[0] ?? null);
}

/** All of them together; null if one is missing. */
export function anyOf(leads: readonly (PlanNode | null)[]): PlanNode | null {
  const known = leads.filter((lead) => lead !== null);
  if (known.length < leads.length) return null;
  const of = known.flatMap((lead) => (lead.op === 'or' ? lead.of : [lead]));
  return of.length === 1 ? of[0]! : { op: 'or', of };
}

/** Whether it gathers the rows of many keys, or visits every block. */
function isWeak(node: PlanNode): boolean {
  if (node.op === 'access') return node.access.kind === 'span' || node.access.kind === 'coinbases';
  if ('inner' in node) return isWeak(node.inner);
  return node.op === 'or' ? node.of.some(isWeak) : node.of.every(isWeak);
}

function access(found: IndexAccess): PlanNode {
  return { op: 'access', access: found };
}

function posting(kind: PostingKind, key: Uint8Array, value: ValueTest = 'any'): PlanNode {
  return access({ kind: 'posting', posting: kind, key, value });
}

function leadOfOutput(test: OutputTest, all: readonly OutputTest[], network: Network): PlanNode | null {
  switch (test.kind) {
    case 'script':
      return anyOf(test.scripts.values.map(leadOfPaidScript));
    case 'scriptHash':
      return posting('lock', test.hash, 'pays');
    case 'scriptStart':
      return leadOfScriptStart(test, all, network);
    case 'data':
      return leadOfPushes('data', test.pushes);
    case 'pushes':
      return leadOfPushes('push', test.pushes);
    case 'token':
      return leadOfToken(test);
    default:
      return null;
  }
}

function leadOfInput(test: InputTest): PlanNode | null {
  switch (test.kind) {
    case 'script':
      return anyOf(test.scripts.values.map((script) => posting('lock', lockKey(script))));
    case 'spends':
      if (test.index !== null) return posting('spend', outpointKey(test.txid, test.index));
      return access({ kind: 'span', posting: 'spend', span: spendersSpan(test.txid) });
    case 'inputData':
      return leadOfPushes('input', test.pushes);
    case 'coinbase':
      return test.is ? access({ kind: 'coinbases' }) : null;
    default:
      return null;
  }
}

/** Scripts that no input can satisfy have no postings as such: data outputs are found by their pushes, long ones by their beginning. */
function leadOfPaidScript(script: Uint8Array): PlanNode | null {
  if (dataOffset(script) > 0) {
    const pushes = (dataPushes(script) ?? []).filter(isData).map(({ data }) => data);
    const longest = pushes.reduce<Uint8Array | null>(
      (best, data) => (data.length > (best?.length ?? -1) ? data : best),
      null,
    );
    return longest === null ? null : leadOfBytes('data', longest, false);
  }
  if (script.length > MAX_SCRIPT_SIZE) return leadOfBytes('script', script, false);
  return posting('lock', lockKey(script), 'pays');
}

/** Types of scripts that have neither an address nor data: they are found by their beginning. */
const PLAIN: ReadonlySet<ScriptType> = new Set(['P2PK', 'MULTISIG', 'NON_STANDARD']);

function leadOfScriptStart(
  { bytes }: Extract<ScriptTest, { kind: 'scriptStart' }>,
  all: readonly OutputTest[],
  network: Network,
): PlanNode | null {
  const isPlain = all.some((test) => test.kind === 'types' && test.types.every((type) => PLAIN.has(type)));
  return isPlain || !mayBeginAddressScript(bytes, network) ? leadOfBytes('script', bytes, true) : null;
}

function leadOfToken({ category, commitment }: TokenTest): PlanNode | null {
  if (category === null) return null;
  const [equal] = commitment?.kind === 'equals' ? commitment.values.values : [];
  if (equal !== undefined && equal.length > 0) return posting('commitment', commitmentKey(category, equal));
  return posting('category', categoryKey(category));
}

function leadOfPushes(bytes: IndexedBytes, pushes: readonly PushCondition[]): PlanNode | null {
  return bestOf(pushes.map(({ tests }) => bestOf(tests.map((test) => leadOfPush(bytes, test)))));
}

function leadOfPush(bytes: IndexedBytes, test: PushTest): PlanNode | null {
  switch (test.kind) {
    case 'equals':
      return anyOf(test.values.values.map((value) => leadOfBytes(bytes, value, false)));
    case 'startsWith':
      return leadOfBytes(bytes, test.bytes, true);
    case 'text':
      if (test.ignoreCase || test.place === 'contains') return null;
      return leadOfBytes(bytes, test.bytes, test.place === 'startsWith');
    default:
      return null;
  }
}

/** @param isStart whether the bytes are only the beginning of what is searched for */
function leadOfBytes(bytes: IndexedBytes, value: Uint8Array, isStart: boolean): PlanNode | null {
  const { length } = value;
  if (length < SHORTEST[bytes]) return null;
  // A value is found under its padded key on the next longer rung; the posting holds its length.
  const rung = isStart ? RUNGS.findLast((one) => one <= length) : (RUNGS.find((one) => one >= length) ?? RUNGS.at(-1)!);
  if (rung !== undefined) return posting(rungKind(bytes, rung), value, { length, isLeast: isStart });
  const kind = rungKind(bytes, RUNGS[0]);
  return length === 0 ? null : access({ kind: 'span', posting: kind, span: shortPrefixSpan(kind, value) });
}

/** The length of the shortest bytes that are indexed. */
const SHORTEST: Readonly<Record<IndexedBytes, number>> = {
  data: 0,
  script: 0,
  push: MIN_SCRIPT_DATA,
  input: MIN_SCRIPT_DATA,
};
