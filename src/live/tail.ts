import { AsyncLocalStorage } from 'node:async_hooks';
import { BitqlError } from '../errors.ts';
import { FREE_WORK, pointsOfRow, type Work } from '../query/work.ts';
import { type EventPage, endOf, openLog, readEvents } from '../store/event-log.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import { pause } from '../waiting.ts';
import type { CommitBell } from './commit-bell.ts';
import { Listener, RecentEvents } from './listener.ts';
import {
  comparePlaces,
  endOfEvent,
  isBlockHappening,
  type LiveEvent,
  type LivePlace,
  requireSameIndex,
} from './live-event.ts';
import { LogReader } from './log-reader.ts';
import { FREE_TOLL, type Toll } from './replays.ts';
import { type Topic, TopicIndex } from './topic.ts';
import { type MatchedEvent, unfold } from './unfold.ts';

export interface TailOptions {
  readonly store: ReadStore;
  /** Rung by a writer in this process; without it the log is polled. */
  readonly bell: CommitBell | null;
  readonly log: { warn(message: string): void };
  /** Called between pieces of work, as in `Work` [never pauses]. */
  readonly goOn?: Work['goOn'];
}

/** A topic and its listeners. */
interface Channel extends Topic {
  readonly listeners: Set<Listener>;
}

/** Events of the log that are read at once. */
const PAGE = 512;
/** Pause between reads of the log: it grows with the time since the last event. */
const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;
/** The pause as a share of the time since the last event. */
const PAUSE_SHARE = 1 / 32;
/** Pause before a store that does not answer is asked again. */
const RETRY_MS = 500;

/**
 * Reads the log of events as it grows, once for all subscribers of a process, while there are any. The cost of an event depends
 * only on the topics that it concerns.
 */
export class Tail {
  readonly recent = new RecentEvents();
  readonly #options: TailOptions;
  readonly #log: LogReader;
  /** It reads for all subscribers, outside of the request that started it. */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();
  readonly #index = new TopicIndex<Channel>();
  readonly #channels = new Map<string, Channel>();
  /** Everything up to here was offered to the listeners; null while there are none. */
  #place: LivePlace | null = null;
  /** The snapshot of the last page. Recent events share its unchanged parts, since each of thousands holds a snapshot. */
  #snapshot: Snapshot | null = null;
  #stop = new AbortController();
  /** Callers of `join` that wait for the end of the page that is being published. */
  #joining: (() => void)[] = [];
  #isPublishing = false;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#log = new LogReader(options.store, { ...FREE_WORK, goOn: options.goOn ?? FREE_WORK.goOn });
  }

  /**
   * Makes a listener of a topic that receives everything after a place, or from now on.
   * @param toll what it pays for checking events
   * @returns null if later events were published already: then the log has to be read first
   * @throws NOT_SYNCED if there is no log yet
   */
  async join(topic: Topic, after: LivePlace | null, toll: Toll = FREE_TOLL): Promise<Listener | null> {
    const start = this.#place ?? after ?? (await this.#present());
    while (this.#isPublishing) await new Promise<void>((resolve) => this.#joining.push(resolve));
    if (this.#place === null) this.#start(start);
    if (after !== null && comparePlaces(after, this.#place!) < 0) return null;
    const listener = new Listener(after ?? this.#place!, () => this.#place, toll);
    this.#channel(topic).listeners.add(listener);
    return listener;
  }

  leave(topic: Topic, listener: Listener): void {
    const channel = this.#channels.get(topic.name);
    if (channel === undefined || !channel.listeners.delete(listener) || channel.listeners.size > 0) return;
    this.#channels.delete(topic.name);
    this.#index.delete(channel);
    if (this.#channels.size === 0) this.#end();
  }

  async #present(): Promise<LivePlace> {
    const { commit, state } = await openLog(this.#options.store);
    return endOfEvent(endOf(commit), state);
  }

  #start(place: LivePlace): void {
    this.#place = place;
    this.#stop = new AbortController();
    const { signal } = this.#stop;
    this.#outsideOfRequests(() => this.#run(signal)).catch((error: unknown) => {
      if (!signal.aborted) this.#fail(error);
    });
  }

  #end(): void {
    this.#stop.abort();
    this.#place = null;
    this.#resumeJoins();
  }

  #channel(topic: Topic): Channel {
    const found = this.#channels.get(topic.name);
    if (found !== undefined) return found;
    const listeners = new Set<Listener>();
    const wants = (event: LiveEvent) => isPaid(topic, event, listeners) && topic.wants(event);
    const channel = { ...topic, wants, listeners };
    this.#channels.set(topic.name, channel);
    this.#index.add(channel);
    return channel;
  }

  async #run(signal: AbortSignal): Promise<void> {
    let newsAt = performance.now();
    let isInTrouble = false;
    while (!signal.aborted) {
      try {
        const page = await this.#step(signal);
        if (page === null) return;
        isInTrouble = false;
        if (page.hasNews) newsAt = performance.now();
        if (!page.more) await this.#pause(performance.now() - newsAt, signal);
      } catch (error) {
        if (!(error instanceof BitqlError) || !error.retryable) throw error;
        if (!isInTrouble) this.#options.log.warn(`Subscribers wait: ${error.message} (${error.code})`);
        isInTrouble = true;
        await pause(RETRY_MS, signal);
      }
    }
  }

  /** Reads a page and publishes it. @returns null at the signal */
  async #step(signal: AbortSignal): Promise<{ hasNews: boolean; more: boolean } | null> {
    const from = this.#place!;
    const page = await this.#read(from);
    if (signal.aborted) return null;
    this.#isPublishing = true;
    try {
      await this.#publish(unfold(page, this.#index, this.#log, from), signal);
      if (!signal.aborted) this.#place = endOfEvent(page.end, page.snapshot.state);
    } catch (error) {
      // Each listener knows how far it has come, and resumes from there.
      if (!signal.aborted) for (const listener of this.#listeners()) listener.end();
      throw error;
    } finally {
      if (!signal.aborted) this.#resumeJoins();
    }
    return signal.aborted ? null : { hasNews: page.events.length > 0, more: page.more };
  }

  async #read(from: LivePlace): Promise<EventPage> {
    const page = await readEvents(this.#options.store, from.event, PAGE);
    requireSameIndex(from, page.snapshot);
    this.#snapshot = this.#snapshot === null ? page.snapshot : page.snapshot.sharing(this.#snapshot);
    return { ...page, snapshot: this.#snapshot };
  }

  async #publish(events: AsyncIterable<MatchedEvent<Channel>>, signal: AbortSignal): Promise<void> {
    for await (const { event, topics } of events) {
      if (signal.aborted) return;
      const number = this.recent.add(event);
      for (const { listeners } of topics) for (const listener of listeners) listener.offer(number, event.place);
    }
  }

  #resumeJoins(): void {
    this.#isPublishing = false;
    for (const resume of this.#joining.splice(0)) resume();
  }

  *#listeners(): Iterable<Listener> {
    for (const { listeners } of this.#channels.values()) yield* listeners;
  }

  async #pause(quietMs: number, signal: AbortSignal): Promise<void> {
    const { bell } = this.#options;
    if (bell !== null) return bell.wait(LONGEST_PAUSE_MS, signal);
    const ms = Math.min(Math.max(quietMs * PAUSE_SHARE, SHORTEST_PAUSE_MS), LONGEST_PAUSE_MS);
    await pause(ms, signal);
  }

  #fail(error: unknown): void {
    const listeners = [...this.#listeners()];
    for (const channel of this.#channels.values()) this.#index.delete(channel);
    this.#channels.clear();
    this.#end();
    for (const listener of listeners) listener.fail(error);
  }
}

/**
 * Whether a listener has paid for checking an event against a topic. Without keys, the event was read for this topic, which
 * costs extra.
 */
function isPaid(topic: Topic, event: LiveEvent, listeners: Iterable<Listener>): boolean {
  const isReadForIt = topic.keys === null && !isBlockHappening(event);
  const points = topic.pointsOf(event) + (isReadForIt ? pointsOfRow(event.transaction.transaction.bytes.length) : 0);
  let isPaid = false;
  for (const listener of listeners) if (listener.pay(points)) isPaid = true;
  return isPaid;
}
