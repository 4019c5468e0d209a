import type { Network } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import { heightRange, MAX_HEIGHT } from '../store/position.ts';
import { familyOf, type PostingFamily, type PostingKind } from '../store/postings.ts';
import type { KeyRange } from '../store/store.ts';
import { anyOf, bestOf, type IndexAccess, leadOfCondition, type PlanNode } from './accesses.ts';
import { type Bounds, conditionsOf, type Filter, type FilterCondition, type Predicate } from './filter.ts';
import { UnindexedError } from './unindexed.ts';

/** What a plan is made for. */
export interface PlanContext {
  readonly network: Network;
  /** The indexed heights; null for none. */
  readonly heights: Bounds | null;
  /** The arrivals of unconfirmed transactions; null for none. */
  readonly arrivals: KeyRange | null;
  /** The heights at which blocks can have the times of a condition; null for none. */
  readonly heightsOf: ReadonlyMap<FilterCondition, Bounds | null>;
  /** The families of which the index has all postings at some heights, and of unconfirmed transactions. */
  familiesIn(reach: Reach): ReadonlySet<PostingFamily>;
  /** Whether the caller wants all transactions examined if no index leads to the matches. */
  readonly scan: boolean;
}

/** How a filter is answered: the positions to search, and how the candidates are found. Then the filter decides. */
export interface Plan {
  readonly bounds: KeyRange;
  readonly root: PlanNode;
}

/** The most blocks whose transactions are scanned for a filter without an index. */
export const MAX_SCANNED_BLOCKS = 1_000;
/** The most accesses of a plan. */
const MAX_ACCESSES = 2_000;

/** Where transactions that satisfy a predicate can be. */
export interface Reach {
  /** Null for no block. */
  readonly heights: Bounds | null;
  readonly pending: boolean;
}

/**
 * @returns null if nothing can match
 * @throws NOT_INDEXED if no index serves the filter, there is too much to scan, and the caller did not ask for that
 */
export function planOf({ predicate }: Filter, context: PlanContext): Plan | null {
  const all = everywhere(context);
  const reach = intersection(all, reachOf(predicate, context));
  const bounds = rangeOf(reach, context);
  if (bounds === null) return null;
  const search = new LeadSearch(context);
  const root = search.leadOf(predicate, reach) ?? scanOf(predicate, reach, search);
  if (countOf(root) > MAX_ACCESSES) {
    throw new BitqlError(
      'BAD_QUERY',
      `The filter's lists would have the index asked for more than ${MAX_ACCESSES} keys: divide them among several queries.`,
    );
  }
  return { bounds, root };
}

/**
 * What the same filter would be planned for if the index had more blocks than are scanned: whatever reaches its tip has no end
 * then. Itself if the index has as many, or ends for ever at a block of the past.
 */
export function onLongChain(context: PlanContext): PlanContext {
  const { heights, arrivals, heightsOf } = context;
  if (heights === null || arrivals === null || !isNarrow({ heights, pending: true })) return context;
  const extended = (bounds: Bounds) => (bounds.to < heights.to ? bounds : { ...bounds, to: MAX_HEIGHT });
  const entries = Array.from(
    heightsOf,
    ([condition, bounds]) => [condition, bounds === null ? null : extended(bounds)] as const,
  );
  return { ...context, heights: extended(heights), heightsOf: new Map(entries) };
}

/** Reads every transaction in reach, if that is little, or wanted, or most of them match. */
function scanOf(predicate: Predicate, reach: Reach, { context: { scan, network }, lacking }: LeadSearch): PlanNode {
  const conditions = conditionsOf(predicate);
  const isWhole = conditions.every(({ kind }) => WIDE.has(kind));
  if (scan || isWhole || isNarrow(reach)) return CHAIN;
  const hasScriptStart = conditions.some((condition) => isVagueScriptStart(condition, network));
  throw new UnindexedError({ lacking, hasScriptStart, heights: reach.heights, most: MAX_SCANNED_BLOCKS });
}

/** Whether it is how an output's locking script begins, and no index leads to that. */
function isVagueScriptStart(condition: FilterCondition, network: Network): boolean {
  const isStart = condition.kind === 'output' && condition.tests.some(({ kind }) => kind === 'scriptStart');
  return isStart && leadOfCondition(condition, { network, canUse: () => true }) === null;
}

/** Conditions that no index serves, because most transactions in reach satisfy them, or most do not. */
const WIDE: ReadonlySet<FilterCondition['kind']> = new Set(['height', 'time', 'confirmed', 'coinbase']);

function isNarrow({ heights }: Reach): boolean {
  return heights === null || heights.to - heights.from < MAX_SCANNED_BLOCKS;
}

/** Looks for the accesses that lead to everything that satisfies a predicate. */
class LeadSearch {
  readonly context: PlanContext;
  /** The families of postings that would help if the index had all of them. */
  readonly lacking = new Set<PostingFamily>();

  constructor(context: PlanContext) {
    this.context = context;
  }

  /** Null if there are none. */
  leadOf(predicate: Predicate, outer: Reach): PlanNode | null {
    if (!('of' in predicate)) return predicate.op === 'is' ? this.#leadOfCondition(predicate.condition, outer) : null;
    if (predicate.op === 'or') return this.#leadOfAny(predicate.of, outer);
    const lead = bestOf(predicate.of.map((member) => this.leadOf(member, outer)));
    const excluded = predicate.of.map((member) => this.#exclusionOf(member, outer)).filter((access) => access !== null);
    return lead === null || excluded.length === 0 ? lead : { op: 'without', excluded, inner: lead };
  }

  /** Each member needs a lead of its own, or must reach over few blocks. */
  #leadOfAny(members: readonly Predicate[], outer: Reach): PlanNode | null {
    const leads = members.map((member): PlanNode | null => {
      const reach = intersection(outer, reachOf(member, this.context));
      const range = rangeOf(reach, this.context);
      if (range === null) return { op: 'or', of: [] };
      const lead = this.leadOf(member, reach) ?? (isNarrow(reach) ? CHAIN : null);
      const isNarrower = reach.pending !== outer.pending || !isSame(reach.heights, outer.heights);
      return lead !== null && isNarrower ? { op: 'within', range, inner: lead } : lead;
    });
    return anyOf(leads);
  }

  #leadOfCondition(condition: FilterCondition, reach: Reach): PlanNode | null {
    const families = this.context.familiesIn(reach);
    const canUse = (kind: PostingKind) => {
      const family = familyOf(kind);
      if (family === null || families.has(family)) return true;
      this.lacking.add(family);
      return false;
    };
    return leadOfCondition(condition, { network: this.context.network, canUse });
  }

  /** An access that holds exactly what a negated condition excludes; null if there is none. */
  #exclusionOf(predicate: Predicate, reach: Reach): IndexAccess | null {
    if (predicate.op !== 'is not' || predicate.condition.kind !== 'output') return null;
    const [test, ...others] = predicate.condition.tests;
    if (others.length > 0 || test?.kind !== 'data' || test.pushes.length !== 1) return null;
    const [push] = test.pushes;
    if (push!.index !== null || push!.tests.length !== 1) return null;
    const lead = this.#leadOfCondition(predicate.condition, reach);
    return lead?.op === 'access' && isExact(lead.access) ? lead.access : null;
  }
}

const CHAIN: PlanNode = { op: 'access', access: { kind: 'chain' } };

/** The longest bytes that the keys of postings hold whole. */
const WHOLE_KEY = 32;

/** Whether its postings stand for nothing but the bytes that are searched for. */
function isExact(access: IndexAccess): boolean {
  if (access.kind !== 'posting' || typeof access.value === 'string') return false;
  return !access.value.isLeast && access.value.length <= WHOLE_KEY;
}

function reachOf(predicate: Predicate, context: PlanContext): Reach {
  const all = everywhere(context);
  if ('of' in predicate) {
    const reaches = predicate.of.map((member) => reachOf(member, context));
    return predicate.op === 'and'
      ? reaches.reduce(intersection, all)
      : reaches.reduce(hull, { heights: null, pending: false });
  }
  const { op, condition } = predicate;
  const isTrue = op === 'is';
  switch (condition.kind) {
    case 'height':
      return isTrue
        ? { heights: condition.bounds, pending: false }
        : { heights: outsideOf(condition.bounds), pending: all.pending };
    case 'time':
      return isTrue ? { heights: context.heightsOf.get(condition) ?? null, pending: false } : all;
    case 'confirmed':
      return isTrue ? { ...all, pending: false } : { ...all, heights: null };
    case 'coinbase':
      return isTrue ? { ...all, pending: false } : all;
    case 'input': {
      const isOfCoinbase = condition.tests.some((test) => test.kind === 'coinbase' && test.is);
      return isTrue && isOfCoinbase ? { ...all, pending: false } : all;
    }
    default:
      return all;
  }
}

function everywhere({ heights, arrivals }: PlanContext): Reach {
  return { heights, pending: arrivals !== null };
}

function outsideOf({ from, to }: Bounds): Bounds | null {
  if (from === 0) return to >= MAX_HEIGHT ? null : { from: to + 1, to: MAX_HEIGHT };
  return { from: 0, to: to >= MAX_HEIGHT ? from - 1 : MAX_HEIGHT };
}

function intersection(a: Reach, b: Reach): Reach {
  const pending = a.pending && b.pending;
  if (a.heights === null || b.heights === null) return { heights: null, pending };
  const heights = { from: Math.max(a.heights.from, b.heights.from), to: Math.min(a.heights.to, b.heights.to) };
  return { heights: heights.from > heights.to ? null : heights, pending };
}

function hull(a: Reach, b: Reach): Reach {
  const pending = a.pending || b.pending;
  if (a.heights === null || b.heights === null) return { heights: a.heights ?? b.heights, pending };
  return {
    heights: { from: Math.min(a.heights.from, b.heights.from), to: Math.max(a.heights.to, b.heights.to) },
    pending,
  };
}

function isSame(a: Bounds | null, b: Bounds | null): boolean {
  return a?.from === b?.from && a?.to === b?.to;
}

function rangeOf({ heights, pending }: Reach, { arrivals }: PlanContext): KeyRange | null {
  const waiting = pending ? arrivals : null;
  if (heights === null) return waiting;
  const blocks = heightRange(heights.from, heights.to);
  return waiting === null ? blocks : { min: blocks.min, max: waiting.max };
}

function countOf(node: PlanNode): number {
  if (node.op === 'access') return node.access.kind === 'txid' ? node.access.txids.length : 1;
  if ('of' in node) return node.of.reduce((sum, one) => sum + countOf(one), 0);
  return countOf(node.inner) + (node.op === 'without' ? node.excluded.length : 0);
}
