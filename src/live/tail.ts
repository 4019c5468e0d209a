import { AsyncLocalStorage } from 'node:async_hooks';
import { BitqlError } from '../errors.ts';
import { pointsOfRow } from '../query/metered-store.ts';
import { FREE_WORK, type Work } from '../query/work.ts';
import { type EventPage, endOf, openLog, readEvents } from '../store/event-log.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';
import { pause } from '../waiting.ts';
import type { CommitBell } from './commit-bell.ts';
import { Listener } from './listener.ts';
import { isBlockHappening, type LiveEvent } from './live-event.ts';
import { behind, comparePlaces, type LivePlace } from './live-place.ts';
import { LogReader } from './log-reader.ts';
import { RecentEvents } from './recent-events.ts';
import { FREE_TOLL, type Toll } from './replays.ts';
import type { Topic } from './topic.ts';
import { TopicIndex } from './topic-index.ts';
import { type Told, unfold } from './unfold.ts';

export interface TailOptions {
  readonly store: ReadStore;
  /** That of a writer in this process; without it the log is looked at now and then. */
  readonly bell: CommitBell | null;
  readonly log: { warn(message: string): void };
  /** Asked between pieces of work, as `Work` has it [always at once]. */
  readonly goOn?: Work['goOn'];
}

/** A topic, and who listens to it. */
interface Channel extends Topic {
  readonly listeners: Set<Listener>;
}

/** Events of the log that are read at once. */
const PAGE = 512;
/** How often the log is looked at: the more often, the less time has passed since something happened. */
const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 250;
/** Of the time since something happened. */
const PAUSE_SHARE = 1 / 32;
/** How long a store is given that does not answer. */
const RETRY_MS = 500;

/**
 * Reads the log of events as it grows, once for all subscribers of a process, while there are any; each event costs
 * those that it is about.
 */
export class Tail {
  readonly recent = new RecentEvents();
  readonly #options: TailOptions;
  readonly #log: LogReader;
  /** It reads for all subscribers, not on behalf of the request of the first. */
  readonly #outsideOfRequests = AsyncLocalStorage.snapshot();
  readonly #index = new TopicIndex<Channel>();
  readonly #channels = new Map<string, Channel>();
  /** All up to here has been told; null while nobody listens. */
  #place: LivePlace | null = null;
  /** That of the last page: thousands of recent events each have theirs, of which little differs. */
  #snapshot: Snapshot | null = null;
  #stop = new AbortController();
  /** Whoever wants to listen from the end of the page that is being told. */
  #arriving: (() => void)[] = [];
  #isTelling = false;

  constructor(options: TailOptions) {
    this.#options = options;
    this.#log = new LogReader(options.store, { ...FREE_WORK, goOn: options.goOn ?? FREE_WORK.goOn });
  }

  /**
   * Makes a listener of a topic who hears all behind a place, or what happens from now on.
   * @param toll what it pays to be looked for
   * @returns null where more has been told already: then the log is to be read first
   * @throws NOT_SYNCED where there is no log yet
   */
  async join(topic: Topic, after: LivePlace | null, toll: Toll = FREE_TOLL): Promise<Listener | null> {
    const start = this.#place ?? after ?? (await this.#present());
    while (this.#isTelling) await new Promise<void>((resolve) => this.#arriving.push(resolve));
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
    return behind(endOf((await openLog(this.#options.store)).commit));
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
    this.#letIn();
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

  /** Reads a page and tells it. @returns null at the signal */
  async #step(signal: AbortSignal): Promise<{ hasNews: boolean; more: boolean } | null> {
    const from = this.#place!;
    const page = await this.#read(from);
    if (signal.aborted) return null;
    this.#isTelling = true;
    try {
      await this.#tell(unfold(page, this.#index, this.#log, from), signal);
      if (!signal.aborted) this.#place = behind(page.end);
    } catch (error) {
      // How far each of them has been told, each knows itself: they go on from there.
      if (!signal.aborted) for (const listener of this.#listeners()) listener.end();
      throw error;
    } finally {
      if (!signal.aborted) this.#letIn();
    }
    return signal.aborted ? null : { hasNews: page.events.length > 0, more: page.more };
  }

  async #read(from: LivePlace): Promise<EventPage> {
    const page = await readEvents(this.#options.store, from.event, PAGE);
    this.#snapshot = this.#snapshot === null ? page.snapshot : page.snapshot.sharing(this.#snapshot);
    return { ...page, snapshot: this.#snapshot };
  }

  async #tell(events: AsyncIterable<Told<Channel>>, signal: AbortSignal): Promise<void> {
    for await (const { event, topics } of events) {
      if (signal.aborted) return;
      const number = this.recent.add(event);
      for (const { listeners } of topics) for (const listener of listeners) listener.offer(number, event.place);
    }
  }

  #letIn(): void {
    this.#isTelling = false;
    for (const arrive of this.#arriving.splice(0)) arrive();
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

/** Whether somebody has paid for holding an event against a topic. Where nothing but a look tells, it was read for that. */
function isPaid(topic: Topic, event: LiveEvent, listeners: Iterable<Listener>): boolean {
  const isReadForIt = topic.keys === null && !isBlockHappening(event);
  const points = topic.pointsOf(event) + (isReadForIt ? pointsOfRow(event.transaction.transaction.bytes.length) : 0);
  let isPaid = false;
  for (const listener of listeners) if (listener.pay(points)) isPaid = true;
  return isPaid;
}
