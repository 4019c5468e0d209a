import { isJsonObject, type JsonObject } from '../../../src/json.ts';
import { ObstacleError } from '../runtime/obstacle.ts';
import type { BlockInfo } from './chain.ts';
import type { AskIndex } from './inputs.ts';

interface Matches {
  readonly txids: readonly string[];
  /** Whether there are more than the limit. */
  readonly hasMore: boolean;
}

interface MatchPage {
  /** The block of the index at the height; null if there is none. */
  readonly block: { readonly hash: string } | null;
  readonly chain: { readonly coverage: readonly { readonly from: number; readonly to: number }[] };
  readonly transactions: {
    readonly nodes: readonly { readonly txid: string }[];
    readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  };
}

/** A request is answered from one state of the index, so the transactions belong to this block. */
const QUERY = `query Matches($filter: TransactionFilter!, $height: Int!, $first: Int!, $after: Cursor) {
  chain { coverage { from to } }
  block(height: $height) { hash }
  transactions(filter: $filter, order: OLDEST_FIRST, first: $first, after: $after) {
    nodes { txid }
    pageInfo { hasNextPage endCursor }
  }
}`;

const PAGE = 100;
/** A page may end without matches when its budget is used up. After this many pages something is wrong. */
const MAX_PAGES = 10_000;
const WAIT_MS = 1_000;
const LONG_WAIT_MS = 30_000;
const GRACE_MS = 60_000;

/**
 * The transactions of a block that match, in the order of the block.
 * @throws ObstacleError IndexReady if the index does not have the block yet, does not answer or refuses; Stalled if it refuses
 * the filter
 */
export async function matchesIn(ask: AskIndex, block: BlockInfo, filter: JsonObject, limit: number): Promise<Matches> {
  const merged = withHeight(filter, block.height);
  const txids: string[] = [];
  let after: string | null = null;
  for (let pages = 0; merged !== null && pages < MAX_PAGES; pages++) {
    const first = Math.min(PAGE, limit - txids.length + 1);
    const page: MatchPage = await pageOf(ask, { filter: merged, height: block.height, first, after });
    checkBlock(page, block);
    txids.push(...page.transactions.nodes.map(({ txid }) => txid));
    const { hasNextPage, endCursor } = page.transactions.pageInfo;
    if (txids.length > limit || !hasNextPage) return { txids: txids.slice(0, limit), hasMore: txids.length > limit };
    after = endCursor;
  }
  return { txids, hasMore: false };
}

/**
 * The filter, limited to a height; null if the filter excludes the height. @throws ObstacleError Stalled if its `block` is not a
 * range
 */
function withHeight(filter: JsonObject, height: number): JsonObject | null {
  const { block = {} } = filter;
  if (!isJsonObject(block)) throw refusal('`filter.block` is not a range of heights.', 'BAD_QUERY');
  const from = heightIn(block, 'from') ?? height;
  const to = heightIn(block, 'to') ?? height;
  return from <= height && height <= to ? { ...filter, block: { ...block, from: height, to: height } } : null;
}

/** The value is not sent to the index, so the index could not refuse it. */
function heightIn(block: JsonObject, name: 'from' | 'to'): number | undefined {
  const value = block[name];
  if (value === undefined || typeof value === 'number') return value;
  throw refusal(
    `\`filter.block.${name}\` is ${value === null ? 'null' : 'not a height'}: give a height, or leave it out.`,
    'BAD_QUERY',
  );
}

async function pageOf(ask: AskIndex, variables: JsonObject): Promise<MatchPage> {
  const { data, errors = [] } = await ask({ query: QUERY, variables });
  const [error] = errors;
  if (error !== undefined) throw refusal(error.message ?? '', error.extensions?.code ?? '');
  if (!isPage(data)) throw notReady('OddAnswer', 'The answer of the index is not from BitQL.', LONG_WAIT_MS);
  return data;
}

/** The URL may lead to something other than a BitQL gateway. */
function isPage(data: unknown): data is MatchPage {
  if (!isJsonObject(data) || !isJsonObject(data.chain) || !isJsonObject(data.transactions)) return false;
  const { nodes, pageInfo } = data.transactions;
  const isHash = (node: unknown) =>
    isJsonObject(node) && typeof node.txid === 'string' && /^[0-9a-f]{64}$/.test(node.txid);
  if (!Array.isArray(nodes) || !nodes.every(isHash) || !isJsonObject(pageInfo)) return false;
  return Array.isArray(data.chain.coverage) && (data.block === null || isJsonObject(data.block));
}

function checkBlock({ block: indexed, chain }: MatchPage, { hash, height }: BlockInfo): void {
  if (indexed?.hash === hash) return;
  if (indexed !== null) {
    throw notReady('IndexElsewhere', `The index and the node have different blocks at height ${height}.`, WAIT_MS);
  }
  const lowest = Math.min(...chain.coverage.map(({ from }) => from));
  if (height < lowest && chain.coverage.length > 0) {
    const advice = 'wait until they are indexed, or increase spec.fromHeight';
    throw notReady('NotCovered', `The index has no blocks below ${lowest} yet: ${advice}.`, LONG_WAIT_MS);
  }
  throw notReady('IndexBehind', `The index does not have block ${height} yet.`, WAIT_MS);
}

/** Codes of errors that a repeated query would give again, including those of GraphQL itself. */
const FILTER_REFUSED = /^(BAD_.*|NOT_INDEXED|.*_EXCEEDED|MALFORMED_BYTES|GRAPHQL_.*)$/;

function refusal(message: string, code: string): ObstacleError {
  const answers = `The index returned an error: ${message} (${code})`;
  if (code === 'CURSOR_EXPIRED') return notReady('IndexElsewhere', answers, WAIT_MS);
  if (code === 'UNAUTHENTICATED') return notReady('Unauthenticated', answers, LONG_WAIT_MS);
  if (!FILTER_REFUSED.test(code)) return notReady('IndexNotReady', answers, 5 * WAIT_MS);
  const text = `The index refuses spec.filter: ${message}`;
  const retryMs = 2 * LONG_WAIT_MS;
  const reason = 'FilterRefused';
  return new ObstacleError('BAD_QUERY', { condition: 'Stalled', reason, message: text, isFinal: true, retryMs });
}

/** An index is always a moment behind its node. */
function notReady(reason: string, message: string, retryMs: number): ObstacleError {
  const graceMs = retryMs === WAIT_MS ? GRACE_MS : 0;
  return new ObstacleError('NOT_SYNCED', { condition: 'IndexReady', reason, message, retryMs, graceMs });
}
