import { EventSource } from './event-source.ts';
import { GraphqlSocket } from './graphql-socket.ts';
import type { Sender } from './sender.ts';
import { type NodePublications, Sightings } from './sightings.ts';
import { type Result, SUBSCRIPTION, toldBy } from './subscription.ts';

/** The time until each of these observed an event, in milliseconds. */
export interface Latency {
  readonly node: number;
  readonly sse: number;
  readonly websocket: number;
}

export interface LatencyOptions {
  readonly sender: Sender;
  readonly publications: NodePublications;
  /** Of the gateway's endpoint. */
  readonly url: string;
  /** The number of transactions, sent at random intervals with this mean. */
  readonly transactions: number;
  readonly meanMs: number;
  /** Then so many more, each after some seconds without any. */
  readonly afterQuiet: number;
  readonly blocks: number;
  /** The transactions of each of some large blocks. */
  readonly large: number;
}

export interface Latencies {
  /** Since `sendrawtransaction` was called. */
  readonly busy: readonly Latency[];
  readonly quiet: readonly Latency[];
  /** Since `generatetoaddress` was called, to the event of a transaction that the block confirms. */
  readonly blocks: readonly Latency[];
  readonly largeBlocks: readonly Latency[];
}

const WARM_UP = 20;
const LARGE_BLOCKS = 5;
/** After that time, a gateway polls as rarely as it ever does. */
const QUIET_MS = 2_000;
const QUIET_MOST_MS = 3_000;

/** How many transactions {@link measureLatency} sends. */
export function latencyTransactions({
  transactions,
  afterQuiet,
  blocks,
  large,
}: Pick<LatencyOptions, 'transactions' | 'afterQuiet' | 'blocks' | 'large'>): number {
  return WARM_UP + transactions + afterQuiet + 1 + blocks + LARGE_BLOCKS * large;
}

/** Sends one transaction after the other to subscribers of all of them. */
export async function measureLatency(options: LatencyOptions): Promise<Latencies> {
  const { sender, url, meanMs } = options;
  const subscribers = {
    sse: new Sightings('A subscriber by SSE'),
    websocket: new Sightings('A subscriber by WebSocket'),
  };
  const noteIn = (sightings: Sightings) => (result: Result) => sightings.note(toldBy(result), performance.now());
  using _ = await EventSource.open(url, { query: SUBSCRIPTION }, noteIn(subscribers.sse));
  using socket = await GraphqlSocket.open(url);
  socket.subscribe({ query: SUBSCRIPTION }, noteIn(subscribers.websocket));
  await socket.ask({ query: '{ chain { tip { height } } }' });

  const measure = new Measure(options, subscribers);
  for (let n = 0; n < WARM_UP; n++) await measure.transaction();
  const busy: Latency[] = [];
  for (let n = 0; n < options.transactions; n++) {
    await sender.pause(meanMs);
    busy.push(await measure.transaction());
  }
  const quiet: Latency[] = [];
  for (let n = 0; n < options.afterQuiet; n++) {
    await sender.rest(QUIET_MS, QUIET_MOST_MS);
    quiet.push(await measure.transaction());
  }
  // It holds everything that was sent so far.
  await measure.block();
  const blocks: Latency[] = [];
  for (let n = 0; n < options.blocks; n++) blocks.push(await measure.block());
  const largeBlocks: Latency[] = [];
  for (let n = 0; n < LARGE_BLOCKS; n++) largeBlocks.push(await measure.block(options.large));
  return { busy, quiet, blocks, largeBlocks };
}

class Measure {
  readonly #options: LatencyOptions;
  readonly #subscribers: Readonly<Record<'sse' | 'websocket', Sightings>>;

  constructor(options: LatencyOptions, subscribers: Readonly<Record<'sse' | 'websocket', Sightings>>) {
    this.#options = options;
    this.#subscribers = subscribers;
  }

  async transaction(): Promise<Latency> {
    const { sender, publications } = this.#options;
    const transaction = sender.make();
    const { txid } = transaction;
    const seen = [publications.transaction(txid), ...this.#told(`ACCEPTED ${txid}`)];
    return latencyOf(await sender.send(transaction, seen));
  }

  /** Mines a block with transactions that are already known. The event of the last one is waited for. */
  async block(count = 1): Promise<Latency> {
    const { sender, publications, meanMs } = this.#options;
    for (let n = 1; n < count; n++) await sender.send(sender.make(), []);
    const transaction = sender.make();
    await sender.send(transaction, this.#told(`ACCEPTED ${transaction.txid}`));
    await sender.pause(meanMs);
    const start = performance.now();
    const mined = sender.node.mine(1).then(([hash]) => publications.block(hash!));
    const times = await Promise.all([mined, ...this.#told(`CONFIRMED ${transaction.txid}`)]);
    return latencyOf(times.map((at) => at - start));
  }

  #told(name: string): Promise<number>[] {
    const { sse, websocket } = this.#subscribers;
    return [sse.of(name), websocket.of(name)];
  }
}

function latencyOf([node, sse, websocket]: readonly number[]): Latency {
  return { node: node!, sse: sse!, websocket: websocket! };
}
