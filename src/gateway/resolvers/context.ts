import type { GraphQLResolveInfo } from 'graphql';
import type { Logger } from 'pino';
import { BitqlError } from '../../errors.ts';
import type { LiveEvents } from '../../live/live-events.ts';
import type { Toll } from '../../live/replays.ts';
import type { LiveSubscription } from '../../live/subscription.ts';
import type { Topic } from '../../live/topic.ts';
import { Budget } from '../../query/budget.ts';
import { ChainReader } from '../../query/reader.ts';
import type { Rpc } from '../../rpc/rpc.ts';
import type { Snapshot } from '../../store/snapshot.ts';
import type { ReadStore } from '../../store/store.ts';
import { AnswerSize, MAX_EVENT_BYTES } from '../cost/answer-size.ts';
import { Bill } from '../cost/bill.ts';
import { RequestWork } from '../cost/request-work.ts';
import { AnswerMemory, type HeldMemory } from '../limits/answer-memory.ts';
import type { RequestDeadline } from '../limits/deadline.ts';
import type { Lane, Rank } from '../limits/lane.ts';
import { Turns } from '../limits/turns.ts';

/** What may be done to tell one event, in points: subscribers with different limits share the result. */
const MAX_EVENT_COST = 1_000_000;
/** Where what is told of events stands: behind those who have a key, and not among strangers, since all subscribers share it. */
const EVENTS: Rank = { isStranger: false, weight: 1 };
/** Fields of one list that are answered without asking whether others want to go on. */
const FIELDS_AT_ONCE = 5_000;

/** What all requests share. */
export interface Backend {
  readonly store: ReadStore;
  /** The most rows of the store that one request may examine. */
  readonly scanBudget: number;
  /** What happens, for subscriptions; without it there are none. */
  readonly live?: LiveEvents | null | undefined;
  /** Where transactions are given to; without it none are taken. */
  readonly node?: Rpc | null | undefined;
  /** What all requests together may hold [this one alone]. */
  readonly memory?: AnswerMemory | undefined;
  /** In which requests that take long go on [each alone]. */
  readonly turns?: Turns | undefined;
  readonly log: Logger;
}

/** What is different from request to request. */
export interface RequestOptions {
  /** Where a subscriber was when its connection broke: it need not change its subscription to go on. */
  readonly lastEventId?: string | null;
  /** What it costs to have events told again [nothing]. */
  readonly toll?: Toll | undefined;
  /** The most bytes of scripts and data in its answer [64 MiB]. */
  readonly maxBytes?: number;
  /** That of its caller [its own]. */
  readonly lane?: Lane | undefined;
  /** What it costs its caller [nothing]. */
  readonly bill?: Bill;
  /** Whether the caller has no key [no]. */
  readonly isStranger?: boolean;
  /** Why it may not change anything [it may]. */
  readonly readOnly?: BitqlError | null;
  /** When it has to be answered [never]. */
  readonly deadline?: RequestDeadline | null;
}

/** What subscriptions have in common. */
export interface SubscriptionArguments {
  readonly after?: string | null | undefined;
  readonly heartbeat: boolean;
}

/**
 * What belongs to one request: everything that it reads comes from one snapshot. Apollo works with a copy of it, which
 * has no `#private` members.
 */
export class RequestContext {
  readonly budget: Budget;
  readonly answer: AnswerSize;
  /** Given back by whoever is done with the answer. */
  readonly memory: HeldMemory;
  readonly node: Rpc | null;
  readonly bill: Bill;
  readonly work: RequestWork;
  /** In which it waits for its turn. */
  readonly lane: Lane;
  /** Whether lists are answered by compiled code, which takes their items only as they are. */
  isCompiled = false;
  /** Whether its subscriber wants to be told that nothing happens. */
  tellsHeartbeats = false;
  readonly deadline: RequestDeadline | null;
  /** Why it may not change anything; null where it may. */
  readonly readOnly: BitqlError | null;
  private readonly store: ReadStore;
  private opening: Promise<ChainReader> | undefined;
  private opened: ChainReader | undefined;
  private refused: BitqlError | undefined;

  private readonly live: LiveEvents | null;
  private readonly lastEventId: string | null;
  private readonly toll: Toll | undefined;

  constructor(
    { store, scanBudget, node, live, memory = new AnswerMemory(), turns = new Turns() }: Backend,
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
    this.live = live ?? null;
    this.lastEventId = lastEventId;
    this.toll = toll;
    this.memory = memory.open(isStranger);
    this.budget = new Budget(scanBudget);
    this.bill = bill;
    this.lane = lane ?? turns.laneOf(this);
    this.deadline = deadline;
    this.work = new RequestWork(this.bill, this.memory, this.lane, deadline);
    this.answer = new AnswerSize(this.work, maxBytes);
    this.readOnly = readOnly;
  }

  /** For what is told of an event, read from a snapshot that was taken before. */
  static at(snapshot: Snapshot, backend: Backend, deadline: RequestDeadline): RequestContext {
    const bill = new Bill(null, MAX_EVENT_COST);
    const lane = backend.turns?.laneOf(backend.store, EVENTS);
    const context = new RequestContext(backend, { maxBytes: MAX_EVENT_BYTES, bill, lane, deadline });
    context.opened = ChainReader.at(backend.store, snapshot, deadline, context.work);
    context.opening = Promise.resolve(context.opened);
    return context;
  }

  /** The snapshot of this request, taken when it is first asked for. @throws NOT_SYNCED, STORE_UNAVAILABLE... */
  openReader(): Promise<ChainReader> {
    this.opening ??= ChainReader.open(this.store, this.deadline ?? undefined, this.work).then((reader) => {
      this.opened = reader;
      return reader;
    });
    return this.opening;
  }

  /** The same for resolvers below the root, whose parents were read through it. */
  get reader(): ChainReader {
    if (this.opened === undefined) throw new Error('The snapshot of this request is not open.');
    return this.opened;
  }

  /** Hands on the items of a list that a field is answered with, once they are counted and it is their turn. @throws BUDGET_EXCEEDED */
  list<T>(items: readonly T[], info: GraphQLResolveInfo): readonly T[] | Promise<readonly T[]> {
    return this.listOf(items.length, (i) => items[i]!, info);
  }

  /** The same for items that are not made before they are counted and paid: the price takes long lists for short ones. */
  listOf<T>(length: number, itemAt: (i: number) => T, info: GraphQLResolveInfo): readonly T[] | Promise<readonly T[]> {
    const fields = this.answer.add(length, info);
    const isLong = length * fields > FIELDS_AT_ONCE && !this.isCompiled;
    const make = () => (isLong ? this.spread(length, itemAt, fields) : Array.from({ length }, (_, i) => itemAt(i)));
    const wait = this.work.goOn();
    return wait === null ? make() : wait.then(make);
  }

  /** The same for a page. */
  page<T extends { readonly edges: readonly unknown[] }>(page: T, info: GraphQLResolveInfo): T | Promise<T> {
    this.answer.add(page.edges.length, info);
    const wait = this.work.goOn();
    return wait === null ? page : wait.then(() => page);
  }

  /** Items of many fields come a few at a time: GraphQL waits for those that are promises, whatever its types say. */
  private spread<T>(length: number, itemAt: (i: number) => T, fields: number): readonly T[] {
    const atOnce = Math.max(1, Math.floor(FIELDS_AT_ONCE / fields));
    let ready = Promise.resolve();
    const promises = Array.from({ length }, (_, i) => {
      if (i % atOnce === 0) ready = ready.then(() => this.work.goOn() ?? undefined);
      return ready.then(() => itemAt(i));
    });
    // Where another item fails first, nobody waits for them.
    for (const promise of promises) promise.catch(() => {});
    return promises as readonly unknown[] as readonly T[];
  }

  /** What happens about a topic behind a cursor, or from now on. @throws NOT_SYNCED, EVENTS_EXPIRED, BAD_CURSOR */
  subscribe(topic: Topic, { after, heartbeat }: SubscriptionArguments): Promise<LiveSubscription> {
    if (this.live === null) throw new Error('Nobody can subscribe here.');
    this.tellsHeartbeats = heartbeat;
    return this.live.subscribe(topic, this.lastEventId ?? after ?? null, this.toll);
  }

  /** Pays for single rows that a field is about to read. @throws BUDGET_EXCEEDED */
  charge(rows = 1): void {
    if (this.budget.exhausted) {
      // The same one for all fields that come too late: there may be very many.
      this.refused ??= new BitqlError(
        'BUDGET_EXCEEDED',
        'The request has examined the maximum number of rows: ask for fewer items, or for fewer fields that lead to other objects.',
      );
      throw this.refused;
    }
    this.budget.spend(rows);
  }
}
