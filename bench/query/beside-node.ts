import { createRequire } from 'node:module';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import type { Home } from '../../test/support/indexer-process.ts';
import { Sender } from '../live/sender.ts';
import { Site } from '../live/site.ts';
import { processorMsOf } from '../processes.ts';
import { rounded } from '../times.ts';

/** One of both, under load. */
interface Speed {
  readonly requests_per_second: number;
  readonly p99_ms: number;
  readonly processor_ms: number;
}

export interface NodeFigures {
  readonly transactions: number;
  readonly bitql: Speed;
  readonly bitcoind: Speed;
  /** Ours as a share of the node's, each the median of all rounds. */
  readonly requests_ratio: number;
  readonly processor_ratio: number;
}

export interface NodeOptions {
  readonly bitcoind: string;
  /** For the index. */
  newHome(): Home;
  readonly transactions: number;
  /** Of each round. */
  readonly seconds: number;
}

/** A server, and how it is asked for a transaction. */
interface Asked {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  body(txid: string): string;
  processorMs(): number;
}

const CONNECTIONS = 32;
const ROUNDS = 3;
/** Until code is compiled. */
const WARM_UP_SECONDS = 5;
/** Transactions of a block, somewhat fewer than on BTC. The node reads what they all spend to answer for one. */
const BLOCK = 2_000;

/** What `getrawtransaction TXID 2` returns, except for scripts as text and descriptors, and height and origin of spent outputs. */
const QUERY = `query ($txid: Hash!) {
  transaction(txid: $txid) {
    txid wtxid version lockTime size virtualSize weight fee hex confirmations block { hash time }
    inputs { previousTxid previousIndex unlockingScript sequence witness spentOutput { value lockingScript type address } }
    outputs { index value lockingScript type address }
  }
}`;

/**
 * How many transactions a gateway, and a bitcoind with `-txindex`, return in a second over connections that are kept: the
 * same transactions of the same chain, with the same fields.
 */
export async function measureBesideNode(options: NodeOptions): Promise<NodeFigures> {
  const { bitcoind, newHome, transactions, seconds } = options;
  await using node = await startRegtest({ bitcoind, txindex: true });
  const txids = await payments(node, transactions);
  await using home = newHome();
  await using site = await Site.open(home, node);
  const gateway = await site.serve();
  const ours: Asked = {
    url: gateway.url,
    headers: {},
    body: (txid) => JSON.stringify({ query: QUERY, variables: { txid } }),
    processorMs: gateway.processorMs,
  };
  const theirs: Asked = {
    url: `${node.url}/`,
    headers: { authorization: `Basic ${Buffer.from(`${node.user}:${node.password}`).toString('base64')}` },
    body: (txid) => JSON.stringify({ id: 1, method: 'getrawtransaction', params: [txid, 2] }),
    processorMs: () => processorMsOf({ pid: node.pid }),
  };
  await requireSame(ours, theirs, txids[0]!);
  for (const asked of [ours, theirs]) await load(asked, txids, WARM_UP_SECONDS);
  const rounds: [ours: Speed, theirs: Speed][] = [];
  for (let round = 0; round < ROUNDS; round++) {
    rounds.push([await load(ours, txids, seconds), await load(theirs, txids, seconds)]);
  }
  return {
    transactions,
    bitql: medianOf(rounds.map(([one]) => one)),
    bitcoind: medianOf(rounds.map(([, one]) => one)),
    requests_ratio: rounded(median(rounds.map(([a, b]) => a.requests_per_second / b.requests_per_second))),
    processor_ratio: rounded(median(rounds.map(([a, b]) => a.processor_ms / b.processor_ms))),
  };
}

/** Mined payments. */
async function payments(node: RegtestNode, count: number): Promise<string[]> {
  const sender = await Sender.begin(node, count);
  const txids: string[] = [];
  while (txids.length < count) {
    txids.push(await node.rpc<string>('sendrawtransaction', sender.make().hex, 0));
    if (txids.length % BLOCK === 0) await node.mine(1);
  }
  await node.mine(1);
  return txids;
}

/** @throws if they do not return the same transaction */
async function requireSame(ours: Asked, theirs: Asked, txid: string): Promise<void> {
  const [answer, result] = await Promise.all([ours, theirs].map((asked) => ask(asked, txid)));
  const { data } = answer as { data: { transaction: { hex: string; fee: number } } };
  const { hex, fee } = (result as { result: { hex: string; fee: number } }).result;
  const isSame = data.transaction.hex === hex && data.transaction.fee === Math.round(fee * 1e8);
  if (!isSame) throw new Error(`the gateway and the node disagree about ${txid}`);
}

async function ask({ url, headers, body }: Asked, txid: string): Promise<unknown> {
  const all = { ...headers, 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers: all, body: body(txid) })).json();
}

interface Client {
  setRequests(requests: readonly { readonly body: string }[]): void;
}

interface Report {
  readonly requests: { readonly total: number };
  readonly duration: number;
  readonly latency: { readonly p99: number };
  /** With time-outs. */
  readonly errors: number;
  readonly timeouts: number;
  readonly non2xx: number;
}

/** The package has no types. */
const autocannon = createRequire(import.meta.url)('autocannon') as (options: object) => Promise<Report>;

/** Each connection asks for all transactions in turn, and begins with another one. */
async function load(asked: Asked, txids: readonly string[], seconds: number): Promise<Speed> {
  const requests = txids.map((txid) => ({ body: asked.body(txid) }));
  let connections = 0;
  const setupClient = (client: Client): void => {
    const first = Math.floor((connections++ / CONNECTIONS) * requests.length);
    client.setRequests([...requests.slice(first), ...requests.slice(0, first)]);
  };
  const before = asked.processorMs();
  const headers = { ...asked.headers, 'content-type': 'application/json' };
  const { url } = asked;
  const options = { url, method: 'POST', headers, connections: CONNECTIONS, duration: seconds, setupClient };
  const { requests: made, duration, latency, errors, timeouts, non2xx } = await autocannon(options);
  if (errors > 0 || non2xx > 0) {
    throw new Error(`${url} failed ${errors} times (${timeouts} of them by a time-out) and refused ${non2xx} requests`);
  }
  return {
    requests_per_second: Math.round(made.total / duration),
    p99_ms: latency.p99,
    processor_ms: rounded((asked.processorMs() - before) / made.total),
  };
}

function medianOf(speeds: readonly Speed[]): Speed {
  return {
    requests_per_second: median(speeds.map(({ requests_per_second }) => requests_per_second)),
    p99_ms: median(speeds.map(({ p99_ms }) => p99_ms)),
    processor_ms: median(speeds.map(({ processor_ms }) => processor_ms)),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

export function printNodeFigures({ transactions, bitql, bitcoind, ...ratios }: NodeFigures): void {
  console.log(
    `One of ${transactions} transactions with all its fields, over ${CONNECTIONS} connections that are kept:`,
  );
  console.table({ 'bitql serve': bitql, 'bitcoind, getrawtransaction 2': bitcoind });
  const { requests_ratio, processor_ratio } = ratios;
  console.log(
    `bitql serve answers ${requests_ratio} times as many, and each takes ${processor_ratio} times the processor time.`,
  );
}
