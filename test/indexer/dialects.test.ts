import { describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import type { Hint, Hints } from '../../indexer/node/hints/hint.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { fromHex, toHex } from '../../src/chain/bytes.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import type { RemovalReason } from '../../src/store/departures.ts';
import { endOf } from '../../src/store/event-log.ts';
import { isBlockEvent } from '../../src/store/events.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { eventsBehind } from '../support/event-replay.ts';
import { FakeBchn, FakeSv } from '../support/fake-dialects.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { pendingIn, stateOf } from '../support/live-rows.ts';
import { ScriptedChain, type UnsignedTransaction } from '../support/scripted-chain.ts';
import type { ScriptedNode } from '../support/scripted-node.ts';
import type { MadeInput } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';

/** Shorter than the half minute after which the indexer compares everything without a hint. */
const SOON_MS = 15_000;
/** For an indexer that depends on hints: it does not look by itself. */
const NEVER_MS = 600_000;

/** How a node publishes what enters its mempool, what its tip is, and more. */
const DIALECTS = {
  BCHN: { start: FakeBchn.start, topic: 'rawtx', block: 'hashblock', others: ['hashds'] },
  SV: {
    start: FakeSv.start,
    topic: 'rawtx2',
    block: 'hashblock2',
    others: ['invalidtx', 'discardedfrommempool', 'removedfrommempoolblock'],
  },
} as const;
type Dialect = keyof typeof DIALECTS;

/** An event without the values that differ from run to run. */
type Told =
  | { readonly kind: 'accepted' | 'connected' | 'disconnected'; readonly id: string }
  | { readonly kind: 'doubleSpent'; readonly id: string; readonly by: string | null }
  | { readonly kind: 'removed'; readonly id: string; readonly reason: RemovalReason; readonly by: string | null };

const accepted = ({ txid }: UnsignedTransaction): Told => ({ kind: 'accepted', id: txid });
const connected = (hash: string): Told => ({ kind: 'connected', id: hash });
const doubleSpent = ({ txid }: UnsignedTransaction, by?: UnsignedTransaction): Told => ({
  kind: 'doubleSpent',
  id: txid,
  by: by?.txid ?? null,
});
const removed = ({ txid }: UnsignedTransaction, reason: RemovalReason, by?: UnsignedTransaction): Told => ({
  kind: 'removed',
  id: txid,
  reason,
  by: by?.txid ?? null,
});

/** A live node that reports how far its listener is. */
class WatchedNode extends LiveNode {
  readonly #heard: Hint[] = [];
  #isWaiting = false;
  #together: readonly Hint['kind'][] = [];

  /** Whether such hints were received, and everything that follows from them is done. */
  hasDealtWith(isWanted: (hint: Hint) => boolean): boolean {
    return this.#isWaiting && this.#heard.some(isWanted);
  }

  /** The next hints are delivered when some of each of these kinds have arrived, all at once. */
  gather(...kinds: readonly Hint['kind'][]): void {
    this.#together = kinds;
  }

  override async openHints(): Promise<Hints | null> {
    const hints = await super.openHints();
    if (hints === null) return null;
    const next = async (timeoutMs: number, signal: AbortSignal): Promise<readonly Hint[]> => {
      this.#isWaiting = true;
      const news = [...(await hints.next(timeoutMs, signal))];
      const lacks = () => this.#together.some((wanted) => !news.some(({ kind }) => kind === wanted));
      while (news.length > 0 && lacks() && !signal.aborted) news.push(...(await hints.next(timeoutMs, signal)));
      this.#together = [];
      this.#heard.push(...news);
      this.#isWaiting = false;
      return news;
    };
    return { next, close: () => hints.close() };
  }
}

interface FollowOptions {
  readonly topics?: readonly string[];
  /**
   * The indexer gets the ZMQ address from its settings, not from the node, so it listens to all topics of the dialect.
   */
  readonly isZmqGiven?: boolean;
  readonly pollMs?: number;
}

/** An index that follows a scripted node: all blocks except the first, whose outputs only the node knows. */
class FollowedChain implements AsyncDisposable {
  readonly node: ScriptedNode;
  readonly live: WatchedNode;
  readonly chain: ScriptedChain;
  readonly store: ChainStore;
  readonly #dialect: Dialect;
  readonly #coins: MadeInput[];
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  private constructor(dialect: Dialect, node: ScriptedNode, store: ChainStore, options: FollowOptions) {
    this.#dialect = dialect;
    this.node = node;
    this.store = store;
    this.chain = ScriptedChain.of(node);
    this.#coins = [...this.chain.mine(), ...this.chain.mine()];
    this.live = new WatchedNode(parseNodeAddress(node.url), options.isZmqGiven ? [node.publisher.address] : null);
    this.#running = indexQuietly({
      leaseMs: 10_000,
      store,
      node: this.live,
      live: this.live,
      from: 1,
      pollMs: options.pollMs ?? NEVER_MS,
      signal: this.#stop.signal,
    });
  }

  static async begin(dialect: Dialect, options: FollowOptions = {}): Promise<FollowedChain> {
    const { start, topic, block, others } = DIALECTS[dialect];
    const { topics, isZmqGiven = false } = options;
    const node = await start(topics);
    const followed = new FollowedChain(dialect, node, await temporaryStore(), options);
    await soon('the index to have all', async () => (await stateOf(followed.store))?.logStart != null);
    if (topics?.length === 0 && !isZmqGiven) return followed;
    await node.publisher.heard(...(topics ?? [topic, block, ...others]));
    // Each connection begins with it.
    await soon('news to be lost', () => followed.live.hasDealtWith(({ kind }) => kind === 'lost'));
    return followed;
  }

  /** A block that the index has, or an earlier one. */
  coin(isIndexed = true): MadeInput {
    return (isIndexed ? this.#coins.pop() : this.#coins.shift())!;
  }

  /** A transaction enters the mempool, and the node publishes it. */
  async enters(transaction = this.chain.pay(this.coin())): Promise<UnsignedTransaction> {
    this.chain.accept(transaction);
    await this.node.publisher.publish(DIALECTS[this.#dialect].topic, transaction.raw);
    return transaction;
  }

  /** Like `enters`; then the index has it, and has handled all earlier messages of the node. */
  async pending(transaction?: UnsignedTransaction): Promise<UnsignedTransaction> {
    const entered = await this.enters(transaction);
    const isIt = (hint: Hint) => hint.kind === 'transaction' && hint.txid === entered.txid;
    await soon('it to be heard', () => this.live.hasDealtWith(isIt));
    expect(await this.told()).toContainEqual(accepted(entered));
    return entered;
  }

  /** The node publishes the JSON of its ZMQ messages. */
  says(topic: string, message: unknown): Promise<void> {
    return this.node.publisher.publish(topic, JSON.stringify(message));
  }

  saysTip(): Promise<void> {
    return this.node.publisher.publish(DIALECTS[this.#dialect].block, fromHex(this.chain.tip));
  }

  /** All events, in order. */
  async told(): Promise<Told[]> {
    const { logStart } = (await stateOf(this.store))!;
    const events = await eventsBehind(this.store, endOf(logStart!));
    return events.map(({ event }) => {
      if (isBlockEvent(event)) return { kind: event.kind, id: event.hash };
      const { kind, txid: id } = event;
      if (kind === 'accepted') return { kind, id };
      return kind === 'removed' ? { kind, id, reason: event.reason, by: event.by } : { kind, id, by: event.by };
    });
  }

  /** Waits for this many events, which must be these. */
  async expectTold(...expected: readonly Told[]): Promise<void> {
    // The actual events are a better failure message than a timeout.
    await soon('events', async () => (await this.told()).length >= expected.length).catch(() => {});
    expect(await this.told()).toEqual(expected);
  }

  /** Like `expectTold`, and no other event follows from the node's messages. */
  async expectAll(...expected: readonly Told[]): Promise<void> {
    await this.expectTold(...expected);
    const last = await this.pending();
    await this.expectTold(...expected, accepted(last));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await this.store.close();
    await this.node[Symbol.asyncDispose]();
  }
}

async function soon(what: string, condition: () => boolean | Promise<boolean>): Promise<void> {
  await until(what, condition, { timeoutMs: SOON_MS });
}

describe.each(['BCHN', 'SV'] as const)('a node of the dialect of %s', (dialect) => {
  it('publishes a transaction that becomes pending, with the outputs that it spends', async () => {
    await using index = await FollowedChain.begin(dialect);
    const transaction = await index.enters(index.chain.pay(index.coin(), index.coin(false)));
    await index.expectTold(accepted(transaction));
    const pending = await pendingIn(index.store, Snapshot.latest((await stateOf(index.store))!));
    const [record] = pending.values();
    expect(toHex(record!.transaction.bytes)).toBe(toHex(transaction.raw));
    expect(record!.spent.map((output) => output?.value)).toEqual([5_000, 5_000]);
    expect(pending.size).toBe(1);
  });

  it('names a transaction that is not in its mempool', async () => {
    await using index = await FollowedChain.begin(dialect);
    const transaction = index.chain.pay(index.coin());
    await index.node.publisher.publish(DIALECTS[dialect].topic, transaction.raw);
    await index.expectAll();
  });

  it('shows what a block removes: its own transactions, and those in conflict with them', async () => {
    await using index = await FollowedChain.begin(dialect);
    const coin = index.coin();
    const mined = await index.pending();
    const rival = index.chain.pay(coin);
    const lost = await index.pending(index.chain.pay(coin));
    index.chain.remove(lost);
    index.chain.mine(mined, rival);
    await index.saysTip();
    const events = [accepted(mined), accepted(lost), connected(index.chain.tip), removed(lost, 'conflict', rival)];
    await index.expectTold(...events);
  });

  it('is polled for the same without ZMQ', async () => {
    await using index = await FollowedChain.begin(dialect, { topics: [], pollMs: 20 });
    const { chain } = index;
    const coin = index.coin();
    const [first, lost, mined] = [chain.pay(index.coin()), chain.pay(coin), chain.pay(index.coin(false))];
    chain.accept(first);
    await index.expectTold(accepted(first));
    chain.accept(lost);
    await index.expectTold(accepted(first), accepted(lost));
    chain.accept(mined);
    const events = [accepted(first), accepted(lost), accepted(mined)];
    await index.expectTold(...events);
    chain.remove(first);
    events.push(removed(first, 'unknown'));
    await index.expectTold(...events);
    const rival = chain.pay(coin);
    chain.remove(lost);
    chain.mine(mined, rival);
    await index.expectTold(...events, connected(chain.tip), removed(lost, 'conflict', rival));
  });
});

describe.each([
  ['BCHN', 'hashtx'],
  ['SV', 'hashtx'],
  ['SV', 'hashtx2'],
  ['SV', 'rawtx'],
] as const)('a node of the dialect of %s that publishes only %s', (dialect, topic) => {
  it('publishes a transaction that becomes pending', async () => {
    await using index = await FollowedChain.begin(dialect, { topics: [topic] });
    const transaction = index.chain.pay(index.coin());
    index.chain.accept(transaction);
    await index.node.publisher.publish(topic, topic === 'rawtx' ? transaction.raw : fromHex(transaction.txid));
    await index.expectTold(accepted(transaction));
  });
});

describe('a double-spend proof of Bitcoin Cash Node', () => {
  it.each(['hashds', 'rawds'])('is reported by %s for a pending transaction', async (topic) => {
    await using index = await FollowedChain.begin('BCHN', { topics: ['rawtx', topic] });
    const [spent, stranger] = [await index.pending(), index.chain.pay(index.coin())];
    for (const { raw, txid } of [stranger, spent]) {
      await index.node.publisher.publish(topic, topic === 'rawds' ? raw : fromHex(txid));
    }
    await index.expectAll(accepted(spent), doubleSpent(spent));
  });

  it('is reported for a transaction that arrives with it', async () => {
    await using index = await FollowedChain.begin('BCHN');
    const first = await index.pending();
    index.live.gather('transaction', 'doubleSpend');
    const spent = await index.enters();
    await index.node.publisher.publish('hashds', fromHex(spent.txid));
    await index.expectAll(accepted(first), accepted(spent), doubleSpent(spent));
  });

  it('is reported when it arrives with a block', async () => {
    await using index = await FollowedChain.begin('BCHN');
    const spent = await index.pending();
    index.live.gather('tip', 'doubleSpend');
    index.chain.mine();
    await index.node.publisher.publish('hashds', fromHex(spent.txid));
    await index.saysTip();
    await index.expectAll(accepted(spent), connected(index.chain.tip), doubleSpent(spent));
  });

  it('is reported once, however often and in whatever form it arrives', async () => {
    await using index = await FollowedChain.begin('BCHN', { isZmqGiven: true, topics: ['rawtx', 'hashds', 'rawds'] });
    const spent = await index.pending();
    const { publisher } = index.node;
    await publisher.publish('hashds', fromHex(spent.txid));
    await index.expectTold(accepted(spent), doubleSpent(spent));
    await publisher.publish('rawds', spent.raw);
    await publisher.publish('hashds', fromHex(spent.txid));
    await index.expectAll(accepted(spent), doubleSpent(spent));
  });
});

it('a full mempool of Bitcoin Cash Node, which reports no reasons, is the reason why something left it', async () => {
  await using index = await FollowedChain.begin('BCHN', { topics: [], pollMs: 20 });
  const transaction = index.chain.pay(index.coin());
  index.chain.accept(transaction);
  await index.expectTold(accepted(transaction));
  index.node.answer({ getmempoolinfo: { mempoolminfee: 0.00002, minrelaytxfee: 0.00001 } });
  index.chain.remove(transaction);
  await index.expectTold(accepted(transaction), removed(transaction, 'evicted'));
});

describe('the reason of Bitcoin SV why a transaction left', () => {
  const BLOCK = 'bb'.repeat(32);

  it.each([
    ['discardedfrommempool', 'expired', 'expired'],
    ['discardedfrommempool', 'mempool-sizelimit-exceeded', 'evicted'],
    ['discardedfrommempool', 'unknown-reason', 'unknown'],
    ['removedfrommempoolblock', 'reorg', 'reorganised'],
    // A transaction counts as mined if it is in a block of the index.
    ['removedfrommempoolblock', 'included-in-block', 'unknown'],
  ] as const)('by %s: %s', async (topic, reason, told) => {
    await using index = await FollowedChain.begin('SV');
    const transaction = await index.pending();
    index.chain.remove(transaction);
    await index.says(topic, { txid: transaction.txid, reason });
    await index.expectAll(accepted(transaction), removed(transaction, told));
  });

  it('by discardedfrommempool: collision-in-block-tx, with the other transaction', async () => {
    await using index = await FollowedChain.begin('SV');
    const coin = index.coin();
    const rival = index.chain.pay(coin);
    const transaction = await index.pending(index.chain.pay(coin));
    index.chain.remove(transaction);
    const collidedWith = { txid: rival.txid, size: rival.raw.length, hex: toHex(rival.raw) };
    const message = { txid: transaction.txid, reason: 'collision-in-block-tx', collidedWith, blockhash: BLOCK };
    await index.says('discardedfrommempool', message);
    await index.expectAll(accepted(transaction), removed(transaction, 'conflict', rival));
  });

  it('by invalidtx: it is no longer valid, or collides', async () => {
    await using index = await FollowedChain.begin('SV');
    const [first, second, other] = [await index.pending(), await index.pending(), index.chain.pay(index.coin())];
    for (const transaction of [first, second]) index.chain.remove(transaction);
    await index.says('invalidtx', { txid: first.txid, isInvalid: true, rejectionCode: 16, collidedWith: [] });
    const before = [accepted(first), accepted(second)];
    const middle = [removed(first, 'invalid'), removed(second, 'unknown')];
    await index.expectTold(...before, ...middle);
    const third = await index.pending();
    index.chain.remove(third);
    await index.says('invalidtx', { txid: third.txid, isMempoolConflict: true, collidedWith: [{ txid: other.txid }] });
    await index.expectAll(...before, ...middle, accepted(third), removed(third, 'conflict', other));
  });

  it('also holds for its children', async () => {
    await using index = await FollowedChain.begin('SV');
    const parent = await index.pending();
    const child = await index.pending(index.chain.pay({ txid: fromHex(parent.txid).reverse(), index: 0 }));
    for (const transaction of [parent, child]) index.chain.remove(transaction);
    await index.says('discardedfrommempool', { txid: parent.txid, reason: 'expired' });
    const events = [accepted(parent), accepted(child), removed(parent, 'expired'), removed(child, 'expired')];
    await index.expectAll(...events);
  });

  it('also counts when it arrives with a block', async () => {
    await using index = await FollowedChain.begin('SV');
    const transaction = await index.pending();
    index.chain.remove(transaction);
    index.chain.mine();
    index.live.gather('tip', 'removed');
    await index.says('discardedfrommempool', { txid: transaction.txid, reason: 'expired' });
    await index.saysTip();
    await index.expectAll(accepted(transaction), connected(index.chain.tip), removed(transaction, 'expired'));
  });

  it('is ignored while the transaction is in the mempool', async () => {
    await using index = await FollowedChain.begin('SV');
    const transaction = await index.pending();
    await index.says('discardedfrommempool', { txid: transaction.txid, reason: 'expired' });
    await index.says('removedfrommempoolblock', { txid: transaction.txid, reason: 'included-in-block' });
    await index.says('invalidtx', { txid: transaction.txid, isInvalid: true });
    const other = await index.pending();
    const events = [accepted(transaction), accepted(other)];
    await index.expectTold(...events);
    index.chain.remove(transaction);
    await index.says('discardedfrommempool', { txid: transaction.txid, reason: 'mempool-sizelimit-exceeded' });
    await index.expectAll(...events, removed(transaction, 'evicted'));
  });

  it('is ignored after the transaction has come back', async () => {
    await using index = await FollowedChain.begin('SV');
    const transaction = index.chain.pay(index.coin());
    await index.says('invalidtx', { txid: transaction.txid, isInvalid: true });
    await index.pending(transaction);
    index.chain.remove(transaction);
    await index.says('discardedfrommempool', { txid: transaction.txid, reason: 'unknown-reason' });
    await index.expectAll(accepted(transaction), removed(transaction, 'unknown'));
  });
});

describe('a double spend that Bitcoin SV refuses', () => {
  it('is reported for the transaction that it would have double spent', async () => {
    await using index = await FollowedChain.begin('SV');
    const coin = index.coin();
    const [transaction, rival] = [await index.pending(index.chain.pay(coin)), index.chain.pay(coin)];
    const message = { txid: rival.txid, isDoubleSpendDetected: true, collidedWith: [{ txid: transaction.txid }] };
    await index.says('invalidtx', message);
    await index.says('invalidtx', message);
    await index.expectAll(accepted(transaction), doubleSpent(transaction, rival));
  });
});
