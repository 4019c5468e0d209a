import type { Logger } from 'pino';
import { BitqlError } from '../errors.ts';
import type { LiveEvents } from '../live/live-events.ts';
import type { Subscription } from '../live/subscription.ts';
import type { Topic } from '../live/topic.ts';
import { Budget } from '../query/budget.ts';
import { ChainReader } from '../query/reader.ts';
import type { Rpc } from '../rpc/rpc.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import { AnswerSize, MAX_EVENT_BYTES } from './answer-size.ts';
import type { Account } from './limits/account.ts';
import { AnswerMemory, type HeldMemory } from './limits/answer-memory.ts';
import { Bill, type Usage } from './limits/bill.ts';
import type { Deadline } from './limits/deadline.ts';

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
  readonly log: Logger;
}

/** What is different from request to request. */
export interface RequestOptions {
  /** Where a subscriber was when its connection broke: it need not change its subscription to go on. */
  readonly lastEventId?: string | null;
  /** The most bytes of scripts and data in its answer [64 MiB]. */
  readonly maxBytes?: number;
  /** That of its caller; without it, the request is free. */
  readonly account?: Account | null;
  /** Whether the caller has no key [no]. */
  readonly isStranger?: boolean;
  /** When it has to be answered [never]. */
  readonly deadline?: Deadline | null;
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
  readonly deadline: Deadline | null;
  private readonly store: ReadStore;
  private opening: Promise<ChainReader> | undefined;
  private opened: ChainReader | undefined;
  private refused: BitqlError | undefined;

  private readonly live: LiveEvents | null;
  private readonly lastEventId: string | null;

  constructor(
    { store, scanBudget, node, live, memory = new AnswerMemory() }: Backend,
    { lastEventId = null, maxBytes, account = null, isStranger = false, deadline = null }: RequestOptions = {},
  ) {
    this.store = store;
    this.node = node ?? null;
    this.live = live ?? null;
    this.lastEventId = lastEventId;
    this.memory = memory.open(isStranger);
    this.budget = new Budget(scanBudget, this.memory.take);
    this.bill = new Bill(account);
    this.answer = new AnswerSize(maxBytes, this.memory.take, (points) => this.bill.chargeMore(points));
    this.deadline = deadline;
  }

  /** For what is told of an event, read from a snapshot that was taken before. */
  static at(snapshot: Snapshot, backend: Backend, deadline: Deadline): RequestContext {
    const context = new RequestContext(backend, { maxBytes: MAX_EVENT_BYTES, deadline });
    context.opened = ChainReader.at(backend.store, snapshot, deadline);
    context.opening = Promise.resolve(context.opened);
    return context;
  }

  /** The snapshot of this request, taken when it is first asked for. @throws NOT_SYNCED, STORE_UNAVAILABLE... */
  openReader(): Promise<ChainReader> {
    this.opening ??= ChainReader.open(this.store, this.deadline ?? undefined).then((reader) => {
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

  /** What it took so far: fields of list items, rows of the store, and bytes of scripts and data. */
  get used(): Usage {
    return { points: this.answer.fieldCount + this.budget.spent, bytes: this.answer.byteCount };
  }

  /** What happens about a topic behind a cursor, or from now on. @throws NOT_SYNCED, EVENTS_EXPIRED, BAD_CURSOR */
  subscribe(topic: Topic, after: string | null | undefined): Promise<Subscription> {
    if (this.live === null) throw new Error('Nobody can subscribe here.');
    return this.live.subscribe(topic, this.lastEventId ?? after ?? null);
  }

  /** Pays for single rows that a field is about to read. @throws BUDGET_EXCEEDED */
  charge(rows = 1): void {
    if (this.budget.exhausted) {
      // The same one for all fields that come too late: there may be very many.
      this.refused ??= new BitqlError(
        'BUDGET_EXCEEDED',
        'The request has examined as many rows as one may: ask for fewer items, or for fewer fields that lead to others.',
      );
      throw this.refused;
    }
    this.budget.spend(rows);
  }
}
