import type { GraphQLResolveInfo } from 'graphql';
import type { Logger } from 'pino';
import { BitqlError } from '../../errors.ts';
import type { Toll } from '../../live/replays.ts';
import type { LiveEvents, LiveSubscription } from '../../live/subscription.ts';
import type { Topic } from '../../live/topic.ts';
import type { MiningOrder } from '../../mempool/mining-order.ts';
import { MiningOrders } from '../../mempool/mining-orders.ts';
import type { NodeFees } from '../../mempool/node-fees.ts';
import { requireRoomFor } from '../../mempool/pool.ts';
import { ChainReader } from '../../query/reader.ts';
import type { TransactionView } from '../../query/transaction-view.ts';
import { Budget, CountedWork } from '../../query/work.ts';
import type { Rpc } from '../../rpc/rpc.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { ReadStore } from '../../store/store.ts';
import { unlessAborted } from '../../waiting.ts';
import { ScriptChains } from '../../wallet/script-chain.ts';
import { AnswerSize, MAX_EVENT_BYTES } from '../cost/answer-size.ts';
import { Bill } from '../cost/bill.ts';
import { RequestWork } from '../cost/request-work.ts';
import type { RequestDeadline } from '../limits/deadline.ts';
import type { Lane, Rank } from '../limits/lane.ts';
import { AnswerMemory, type HeldMemory } from '../limits/memory.ts';
import { Turns } from '../limits/turns.ts';
import { Readers } from './readers.ts';

/** The most that computing one event may cost, in points. Subscribers with different limits share the result. */
const MAX_EVENT_COST = 1_000_000;
/** The rank of work on events: after callers with a key, and before strangers, since all subscribers share it. */
const EVENTS: Rank = { isStranger: false, weight: 1 };
/** A list of at most this many fields is answered without giving other requests a turn. */
const FIELDS_AT_ONCE = 5_000;

/** What all requests share. */
export interface Backend {
  readonly store: ReadStore;
  /** The most rows of the store that one request may examine. */
  readonly scanBudget: number;
  /** Events for subscriptions; without it there are no subscriptions. */
  readonly live?: LiveEvents | null | undefined;
  /** The node that transactions are sent to; without it none are accepted. */
  readonly node?: Rpc | null | undefined;
  /** The memory that all requests share [a separate one for each request]. */
  readonly memory?: AnswerMemory | undefined;
  /** The turns that long requests take [a separate one for each request]. */
  readonly turns?: Turns | undefined;
  /** The mempool in mining order [a separate one for each request]. */
  readonly orders?: MiningOrders | undefined;
  /** The fee estimates of the node [none]. */
  readonly fees?: NodeFees | null | undefined;
  /** The addresses of wallets that were asked for last [separate ones for each request]. */
  readonly scripts?: ScriptChains | undefined;
  readonly log: Logger;
}

/** What differs from request to request. */
export interface RequestOptions {
  /** The event at which a subscriber's connection broke. It resumes there without changing its subscription. */
  readonly lastEventId?: string | null;
  /** What replaying events costs [nothing]. */
  readonly toll?: Toll | undefined;
  /** The most bytes of scripts and data in the answer [64 MiB]. */
  readonly maxBytes?: number;
  /** The lane of the caller [a lane of its own]. */
  readonly lane?: Lane | undefined;
  /** What the request costs its caller [nothing]. */
  readonly bill?: Bill;
  /** Whether the caller has no key [no]. */
  readonly isStranger?: boolean;
  /** Why the request may not change anything [it may]. */
  readonly readOnly?: BitqlError | null;
  /** When the request must be answered [never]. */
  readonly deadline?: RequestDeadline | null;
}

/** The arguments that all subscriptions have. */
export interface SubscriptionArguments {
  readonly after?: string | null | undefined;
  readonly heartbeat: boolean;
}

/**
 * The state of one request: everything that it reads comes from one snapshot, and from earlier moments of the same chain. Apollo works with a copy of it, which has no
 * `#private` members.
 */
export class RequestContext {
  readonly budget: Budget;
  readonly answer: AnswerSize;
  /** Must be released when the answer has been sent. */
  readonly memory: HeldMemory;
  readonly node: Rpc | null;
  readonly scripts: ScriptChains;
  readonly bill: Bill;
  readonly work: RequestWork;
  /** Where the request waits for its turn. */
  readonly lane: Lane;
  /** Whether compiled code answers the lists. It takes their items only as they are, not as promises. */
  isCompiled = false;
  readonly orders: MiningOrders;
  readonly fees: NodeFees | null;
  /** The effective fee rates of transactions in lists that are in their order. */
  readonly effectiveFeeRates = new WeakMap<TransactionView, number>();
  /** Whether the subscriber wants heartbeats while nothing happens. */
  wantsHeartbeats = false;
  readonly deadline: RequestDeadline | null;
  /** Why the request may not change anything; null if it may. */
  readonly readOnly: BitqlError | null;
  /** The snapshots that it reads from. */
  readonly readers: Readers;
  private readonly store: ReadStore;
  private refused: BitqlError | undefined;
  private order: Promise<MiningOrder> | undefined;

  private readonly live: LiveEvents | null;
  private readonly lastEventId: string | null;
  private readonly toll: Toll | undefined;

  constructor(
    {
      store,
      scanBudget,
      node,
      live,
      orders,
      fees,
      memory = new AnswerMemory(),
      turns = new Turns(),
      scripts = new ScriptChains(),
    }: Backend,
    {
      lastEventId = null,
      toll,
      maxBytes,
      lane,
      bill = new Bill(null),
      isStranger = false,
      readOnly = null,
      deadline = null,
    }: RequestOptions = {},
  ) {
    this.store = store;
    this.node = node ?? null;
    this.scripts = scripts;
    this.live = live ?? null;
    this.orders = orders ?? new MiningOrders({ store });
    this.fees = fees ?? null;
    this.lastEventId = lastEventId;
    this.toll = toll;
    this.memory = memory.open(isStranger);
    this.budget = new Budget(scanBudget);
    this.bill = bill;
    this.lane = lane ?? turns.laneOf(this);
    this.deadline = deadline;
    this.work = new RequestWork(this.bill, this.memory, this.lane, deadline);
    this.readers = new Readers(() => ChainReader.open(store, deadline ?? undefined, this.work));
    this.answer = new AnswerSize(this.work, maxBytes);
    this.readOnly = readOnly;
  }

  /** A context for computing one event, which reads from a snapshot taken earlier. */
  static at(snapshot: Snapshot, backend: Backend, deadline: RequestDeadline): RequestContext {
    const bill = new Bill(null, MAX_EVENT_COST);
    const lane = backend.turns?.laneOf(backend.store, EVENTS);
    const context = new RequestContext(backend, { maxBytes: MAX_EVENT_BYTES, bill, lane, deadline });
    context.readers.present = ChainReader.at(backend.store, snapshot, deadline, context.work);
    return context;
  }

  /**
   * The mempool in mining order at the snapshot of this request, the same for all its fields. It is paid before anything is read for it.
   * @throws BUDGET_EXCEEDED if the mempool is too large, COST_EXCEEDED, RATE_LIMITED
   */
  async miningOrder(): Promise<MiningOrder> {
    const { snapshot } = this.readers.present;
    requireRoomFor(snapshot.state.mempool?.count ?? 0);
    this.work.add(this.orders.pointsFor(snapshot));
    await this.work.goOn();
    this.order ??= this.orders.at(snapshot);
    return this.inTime(this.order);
  }

  /** Another reader of the snapshot that a field belongs to, which reads everything itself and counts its work apart too. */
  async openApart(info: GraphQLResolveInfo): Promise<{ readonly reader: ChainReader; readonly work: CountedWork }> {
    const { snapshot } = await this.readers.open(info);
    const work = new CountedWork(this.work);
    return { reader: ChainReader.at(this.store, snapshot, this.deadline ?? undefined, work), work };
  }

  /** Waits for what is done for all requests, until the deadline of this one. */
  inTime<T>(work: Promise<T>): Promise<T> {
    return unlessAborted(this.deadline?.signal, work);
  }

  /** Returns the items of a list field once they are counted and the request has its turn. @throws BUDGET_EXCEEDED */
  list<T>(items: readonly T[], info: GraphQLResolveInfo): readonly T[] | Promise<readonly T[]> {
    return this.listOf(items.length, (i) => items[i]!, info);
  }

  /** Like `list`, but makes the items only after they are counted and paid: the price assumes that long lists are short. */
  listOf<T>(length: number, itemAt: (i: number) => T, info: GraphQLResolveInfo): readonly T[] | Promise<readonly T[]> {
    const fields = this.answer.add(length, info);
    const isLong = length * fields > FIELDS_AT_ONCE && !this.isCompiled;
    const make = () => (isLong ? this.spread(length, itemAt, fields) : Array.from({ length }, (_, i) => itemAt(i)));
    const wait = this.work.goOn();
    return wait === null ? make() : wait.then(make);
  }

  /** Like `list`, for a page. */
  page<T extends { readonly edges: readonly unknown[] }>(page: T, info: GraphQLResolveInfo): T | Promise<T> {
    this.answer.add(page.edges.length, info);
    const wait = this.work.goOn();
    return wait === null ? page : wait.then(() => page);
  }

  /** Makes items with many fields a few at a time. GraphQL waits for items that are promises, whatever its types say. */
  private spread<T>(length: number, itemAt: (i: number) => T, fields: number): readonly T[] {
    const atOnce = Math.max(1, Math.floor(FIELDS_AT_ONCE / fields));
    let ready = Promise.resolve();
    const promises = Array.from({ length }, (_, i) => {
      if (i % atOnce === 0) ready = ready.then(() => this.work.goOn() ?? undefined);
      return ready.then(() => itemAt(i));
    });
    // If another item fails first, nobody waits for these.
    for (const promise of promises) promise.catch(() => {});
    return promises as readonly unknown[] as readonly T[];
  }

  /** Events of a topic after a cursor, or from now on. @throws NOT_SYNCED, EVENTS_EXPIRED, BAD_CURSOR */
  subscribe(topic: Topic, { after, heartbeat }: SubscriptionArguments): Promise<LiveSubscription> {
    if (this.live === null) throw new Error('Nobody can subscribe here.');
    this.wantsHeartbeats = heartbeat;
    return this.live.subscribe(topic, this.lastEventId ?? after ?? null, this.toll);
  }

  /** Pays for single rows that a field is about to read. @throws BUDGET_EXCEEDED */
  charge(rows = 1): void {
    if (this.budget.exhausted) {
      // One error for all fields that come too late: there may be very many.
      this.refused ??= new BitqlError(
        'BUDGET_EXCEEDED',
        'The request has examined the maximum number of rows: ask for fewer items, or for fewer fields that lead to other objects.',
      );
      throw this.refused;
    }
    this.budget.spend(rows);
  }
}
