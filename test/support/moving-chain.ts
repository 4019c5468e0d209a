import { BlockCheck } from '../../indexer/block-check.ts';
import { pagesIn } from '../../indexer/blocks/parts.ts';
import { type ChainContext, extend } from '../../indexer/chain/context.ts';
import { forksOf } from '../../indexer/chain/placed-blocks.ts';
import { type Departed, DepartedPostings } from '../../indexer/mempool/departed.ts';
import { SweptRows } from '../../indexer/mempool/swept-rows.ts';
import { PendingRows } from '../../indexer/rows/pending-rows.ts';
import { BlockRows, RowGroup } from '../../indexer/rows/rows.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex } from '../../src/chain/bytes.ts';
import { type Network, networkById } from '../../src/chain/networks.ts';
import { type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';
import { type CommitNumber, encodeCommitNumber } from '../../src/store/commit-number.ts';
import type { RemovalReason } from '../../src/store/departures.ts';
import { EventRows } from '../../src/store/event-log.ts';
import type { BlockEvent, ChainEvent } from '../../src/store/events.ts';
import { familiesAfter } from '../../src/store/families.ts';
import { matchKeys } from '../../src/store/match-keys.ts';
import { EVERY_FAMILY } from '../../src/store/postings.ts';
import type { CompetingTip, MempoolSummary } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { type KnownOutput, knownOutput } from '../../src/store/transactions.ts';
import { ChainWriter } from '../../src/store/writer.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, type MadeInput, type MadeOutput } from './synthetic-chain.ts';
import { temporaryStore } from './temporary-store.ts';

const REGTEST = networkById('btc-regtest');

/** A transaction and the outputs that it spends. */
export interface MadeTransaction {
  readonly transaction: Transaction;
  readonly spent: readonly (KnownOutput | null)[];
}

export interface PendingTransaction extends MadeTransaction {
  readonly arrival: CommitNumber;
  readonly firstSeen: number;
}

export interface PlacedBlock {
  readonly height: number;
  readonly fork: number;
  /** Display-order hex. */
  readonly hash: string;
  readonly time: number;
  readonly transactions: readonly MadeTransaction[];
  /** The context after it. */
  readonly context: ChainContext;
}

/** The visible blocks and transactions at one moment: the naive model with which answers are compared. */
export interface Moment {
  readonly blocks: readonly PlacedBlock[];
  /** In the order of their arrival. */
  readonly pending: readonly PendingTransaction[];
}

interface Leaving {
  readonly id: string;
  readonly reason: RemovalReason;
  readonly by?: string | null;
}

/** The changes of one commit. */
export interface Change {
  /** The number of blocks that are disconnected, from the tip down [none]. */
  readonly disconnect?: number;
  /** The transactions of each new block, without its coinbase unless it is that of a known block. They are no longer pending. */
  readonly connect?: readonly (readonly MadeTransaction[])[];
  readonly arrive?: readonly MadeTransaction[];
  readonly leave?: readonly Leaving[];
  /** Pending transactions of which the node saw a double spend. */
  readonly doubleSpend?: readonly { readonly id: string; readonly by: string | null }[];
}

interface MovingOptions {
  /** An empty store [a temporary one]. */
  readonly store?: ChainStore;
  /** The header times of blocks, in unix seconds [ten seconds apart]. */
  readonly timeOf?: ((height: number) => number) | undefined;
  /** [regtest of BTC] */
  readonly network?: Network;
}

const BEFORE_GENESIS: ChainContext = {
  hash: null,
  height: -1,
  chainWork: 0n,
  times: [],
  timesComplete: true,
  maxTime: 0,
};

export const LEFT_AT = 1_700_000_000_000;

/**
 * A store whose chain and mempool a test changes, with the row makers and the writer of the indexer, and a model of the data
 * that must be visible in it.
 */
export class MovingChain {
  readonly store: ChainStore;
  readonly #network: Network;
  readonly #rewards: readonly MadeOutput[];
  readonly #timeOf: (height: number) => number;
  #writer: ChainWriter;
  #now: Moment = { blocks: [], pending: [] };
  readonly #outputs = new Map<string, KnownOutput>();
  readonly #gone: { arrival: CommitNumber; at: CommitNumber }[] = [];
  #departed: DepartedPostings;
  /** Departed transactions whose rows are still there until the next commit, as a reader may meet them. */
  readonly #unmoved: Departed[] = [];
  #made = 0;
  #mempool: MempoolSummary | undefined;

  private constructor(
    store: ChainStore,
    writer: ChainWriter,
    rewards: readonly MadeOutput[],
    { timeOf = (height) => 1_000 + 10 * height, network = REGTEST }: MovingOptions,
  ) {
    this.#timeOf = timeOf;
    this.#network = network;
    this.store = store;
    this.#writer = writer;
    this.#rewards = rewards;
    this.#departed = this.#departedPostings();
  }

  /** With a first block. @param rewards the outputs of each coinbase @param given an empty store [a temporary one] */
  static async create(
    rewards: readonly MadeOutput[],
    given?: ChainStore,
    options: Omit<MovingOptions, 'store'> = {},
  ): Promise<MovingChain> {
    const store = given ?? (await temporaryStore());
    const chain = new MovingChain(store, await acquire(store, options.network), rewards, options);
    await chain.commit({ connect: [[]] });
    return chain;
  }

  /** The same blocks in a store of their own, where nothing is or was pending. */
  static async again(blocks: readonly PlacedBlock[], options: MovingOptions = {}): Promise<MovingChain> {
    const store = options.store ?? (await temporaryStore());
    const chain = new MovingChain(store, await acquire(store, options.network), [], options);
    for (const { transactions } of blocks) await chain.commit({ connect: [transactions] });
    return chain;
  }

  get now(): Moment {
    return this.#now;
  }

  get tip(): PlacedBlock {
    return this.#now.blocks.at(-1)!;
  }

  /** Makes up a transaction with an id of its own. */
  make(inputs: readonly MadeInput[], outputs: readonly MadeOutput[]): MadeTransaction {
    const bytes = encodeTransaction(inputs, outputs, ++this.#made);
    return this.#know(transactionFromBytes(bytes, this.#network));
  }

  async commit({ disconnect = 0, connect = [], arrive = [], leave = [], doubleSpend = [] }: Change): Promise<void> {
    const writer = this.#writer;
    const kept = this.#now.blocks.slice(0, this.#now.blocks.length - disconnect);
    const blocks = await this.#place(kept, connect);
    const mined = blocks.flatMap(({ transactions }) => transactions.map(({ transaction }) => idOf(transaction)));
    const number = writer.next(1 + arrive.length);
    const first = { ...number, counter: number.counter - arrive.length - 1 };
    const rows = new PendingRows();
    const arrived = arrive.map((made, i): PendingTransaction => {
      const arrival = { ...number, counter: number.counter - arrive.length + i };
      const pending = { ...made, arrival, firstSeen: 1_000_000 + arrival.counter };
      rows.arrive(arrival, pending, this.#contextAt(kept.length + blocks.length));
      return pending;
    });
    const here = [...this.#now.pending, ...arrived];
    const goes = [...leave, ...mined.map((id): Leaving => ({ id, reason: 'mined' }))];
    const leaving = here.flatMap((pending) => {
      const found = goes.find(({ id }) => id === idOf(pending.transaction));
      return found === undefined ? [] : [{ pending, ...found }];
    });
    for (const { pending, reason, by } of leaving) {
      rows.depart(pending.arrival, number.epoch, { counter: number.counter, at: LEFT_AT, reason, by: by ?? null });
      if (reason !== 'mined') rows.remove(pending.arrival, pending, this.#contextAt(this.#now.blocks.length));
      this.#gone.push({ arrival: pending.arrival, at: number });
    }
    const gone = this.#now.blocks.slice(kept.length).reverse();
    const removed = leaving.filter(({ reason }) => reason !== 'mined');
    const events = new EventRows();
    events.add(first, [...gone.map(blockEvent('disconnected')), ...blocks.map(blockEvent('connected'))]);
    for (const pending of arrived) events.add(pending.arrival, [acceptedEvent(pending, this.#network)]);
    const doubleSpent = doubleSpend.map(({ id, by }): ChainEvent => {
      const pending = here.find(({ transaction }) => idOf(transaction) === id)!;
      return { kind: 'doubleSpent', arrival: pending.arrival, txid: id, by, keys: keysOf(pending, this.#network) };
    });
    events.add(number, [...doubleSpent, ...removed.map((one) => removedEvent(one, this.#network))]);
    await writer.write(new Map([...rows.finish(), ['events', events.finish()]]));
    const chain = [...kept, ...blocks];
    const { height, hash } = chain.at(-1)!;
    const forks = Object.fromEntries(chain.filter(({ fork }) => fork > 0).map(({ height, fork }) => [height, fork]));
    const mempool = this.#mempool === undefined ? {} : { mempool: this.#mempool };
    const logStart = writer.state.logStart ?? { epoch: number.epoch, counter: 0 };
    const told = this.#departed.stateFor(number, leaving.length);
    const written = blocks.length === 0 ? null : ([kept.length, height] as const);
    const families = familiesAfter(writer.state, { removedFrom: disconnect === 0 ? null : kept.length, written });
    await writer.commit(
      { tip: { height, hash }, forks, coverage: [[0, height]], families, logStart, ...mempool, ...told },
      number,
    );
    this.#unmoved.push(...leaving.map(({ pending: { arrival } }) => ({ arrival, number })));
    if (++this.#made % 3 > 0) await this.#departed.move(this.#unmoved.splice(0));
    const left = new Set(leaving.map(({ pending }) => pending));
    this.#now = { blocks: chain, pending: here.filter((pending) => !left.has(pending)) };
  }

  /** Sets the summary of all pending transactions that the next commit records. */
  summarise(mempool: MempoolSummary): void {
    this.#mempool = mempool;
  }

  async observe(competing: readonly CompetingTip[]): Promise<void> {
    const { height, hash } = this.tip;
    await this.#writer.observe({ tip: { height, hash }, headers: height, version: 'made up', competing, at: 0 });
  }

  /** The writer is killed after it wrote arrivals and departures, before its commit; another one continues. */
  async restart(unseen: readonly MadeTransaction[]): Promise<void> {
    const number = this.#writer.next(1 + unseen.length);
    const rows = new PendingRows();
    const events = new EventRows();
    events.add({ ...number, counter: number.counter - unseen.length - 1 }, [blockEvent('disconnected')(this.tip)]);
    unseen.forEach((made, i) => {
      const arrival = { ...number, counter: number.counter - unseen.length + i };
      rows.arrive(arrival, { ...made, firstSeen: 1 }, this.#contextAt(this.#now.blocks.length));
      events.add(arrival, [acceptedEvent({ ...made, arrival, firstSeen: 1 }, this.#network)]);
    });
    for (const { arrival } of this.#now.pending) {
      rows.depart(arrival, number.epoch, { counter: number.counter, at: 0, reason: 'unknown', by: null });
    }
    await this.#writer.write(new Map([...rows.finish(), ['events', events.finish()]]));
    this.#writer = await acquire(this.store, this.#network);
    this.#departed = this.#departedPostings();
  }

  /** Removes the rows of departed transactions as the indexer does: readers are told first. */
  async sweep(): Promise<void> {
    const gone = this.#gone.splice(0);
    const last = gone.at(-1);
    if (last === undefined) return;
    const rows = new SweptRows({ store: this.store, writer: this.#writer, network: this.#network });
    await rows.endSnapshots(last.at);
    while (await rows.removeStretches());
    await rows.removeTransactions(gone.map(({ arrival }) => encodeCommitNumber(arrival)));
  }

  /** Removes all events up to now, as the indexer does. */
  async forgetEvents(): Promise<void> {
    const { epoch, commit } = this.#writer.state;
    await this.#writer.commit({ logStart: { epoch, counter: commit } });
  }

  close(): Promise<void> {
    return this.store.close();
  }

  #departedPostings(): DepartedPostings {
    return new DepartedPostings({ store: this.store, writer: this.#writer, network: this.#network });
  }

  async #place(kept: readonly PlacedBlock[], lists: readonly (readonly MadeTransaction[])[]): Promise<PlacedBlock[]> {
    const placed: PlacedBlock[] = [];
    for (const list of lists) {
      const { context } = placed.at(-1) ?? kept.at(-1) ?? { context: BEFORE_GENESIS };
      placed.push(await this.#placeOne(context, list));
    }
    return placed;
  }

  async #placeOne(before: ChainContext, list: readonly MadeTransaction[]): Promise<PlacedBlock> {
    const height = before.height + 1;
    const isComplete = list[0]?.transaction.isCoinbase === true;
    const known = isComplete ? list[0] : null;
    const others = isComplete ? list.slice(1) : list;
    const coinbase = known?.transaction.bytes ?? encodeCoinbase(height + 1_000 * ++this.#made, this.#rewards);
    const previous = before.hash === null ? new Uint8Array(32) : Buffer.from(before.hash, 'hex').reverse();
    const time = this.#timeOf(height);
    const bytes = encodeBlock(previous, time, [coinbase, ...others.map(({ transaction }) => transaction.bytes)]);
    const { header, transactions, size } = parseBlock(bytes, this.#network);
    const { record, context } = extend(before, header);
    const [fork] = await forksOf([{ height, record }], this.store);
    const block = { height, fork: fork!, header, hash: hashToHex(header.hash) };
    const all = [this.#know(transactions[0]!), ...others];
    const firstSeen = (txid: Uint8Array) => this.#firstSeen(txid);
    const group = new RowGroup();
    const pages = pagesIn(transactions, new BlockCheck(header, all.length, this.#network));
    const part = { block, transactionCount: all.length, first: 0, transactions, size, isLast: true, pages };
    new BlockRows(block, all.length, { network: this.#network, families: EVERY_FAMILY, firstSeen }).add(
      part,
      all.map(({ spent }) => spent),
      group,
    );
    await this.#writer.write(group.finish());
    return { height, fork: fork!, hash: block.hash, time, transactions: all, context };
  }

  #firstSeen(txid: Uint8Array): number | null {
    const id = hashToHex(txid);
    return this.#now.pending.find(({ transaction }) => idOf(transaction) === id)?.firstSeen ?? null;
  }

  /** @param height of the next block */
  #contextAt(height: number) {
    return { height, network: this.#network, families: EVERY_FAMILY };
  }

  /** Remembers its outputs, so that they can be spent. */
  #know(transaction: Transaction): MadeTransaction {
    transaction.outputs.forEach(({ value, script }, i) => {
      this.#outputs.set(outpointOf(transaction.txid, i), knownOutput({ value, script }, this.#network));
    });
    if (transaction.isCoinbase) return { transaction, spent: [] };
    const spent = transaction.inputs.map(
      ({ previousTxid, previousIndex }) => this.#outputs.get(outpointOf(previousTxid, previousIndex)) ?? null,
    );
    return { transaction, spent };
  }
}

/** Display-order hex. */
export function idOf({ txid }: Transaction): string {
  return hashToHex(txid);
}

export function outpointOf(txid: Uint8Array, index: number): string {
  return `${hashToHex(txid)}:${index}`;
}

function blockEvent(kind: BlockEvent['kind']) {
  return ({ height, fork, hash }: PlacedBlock): BlockEvent => ({ kind, height, fork, hash });
}

function acceptedEvent(pending: PendingTransaction, network: Network): ChainEvent {
  return {
    kind: 'accepted',
    arrival: pending.arrival,
    txid: idOf(pending.transaction),
    keys: keysOf(pending, network),
  };
}

function removedEvent(
  { pending, reason, by }: Leaving & { pending: PendingTransaction },
  network: Network,
): ChainEvent {
  const { arrival, transaction } = pending;
  return { kind: 'removed', arrival, txid: idOf(transaction), reason, by: by ?? null, keys: keysOf(pending, network) };
}

function keysOf({ transaction, spent }: MadeTransaction, network: Network): Uint8Array[] {
  const spentScripts = spent.flatMap((output) => output?.lockingScript ?? []);
  return matchKeys({ transaction, spentScripts, height: 1_000 }, network, EVERY_FAMILY);
}

function acquire(store: ChainStore, network = REGTEST): Promise<ChainWriter> {
  const options = { network: network.id, start: 0, holder: 'a test', leaseMs: 60_000, families: EVERY_FAMILY };
  return ChainWriter.acquire(store, options);
}
