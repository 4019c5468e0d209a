import { hashFromHex } from '../chain/bytes.ts';
import { BitqlError } from '../errors.ts';
import type { ChainReader } from '../query/reader.ts';
import type { TransactionView } from '../query/transaction-view.ts';
import { encodeCommitNumber } from '../store/commit-number.ts';
import type { EventPage, LoggedEvent } from '../store/event-log.ts';
import {
  type AcceptedEvent,
  type BlockEvent,
  type DoubleSpentEvent,
  isBlockEvent,
  type RemovedEvent,
} from '../store/events.ts';
import { postingPrefix } from '../store/postings.ts';
import type { Snapshot } from '../store/snapshot.ts';
import { type BlockToUnfold, candidatesIn } from './block-candidates.ts';
import { Breaks } from './breaks.ts';
import { endOfEvent, type LiveEvent, type LivePlace, WHOLE_EVENT } from './live-event.ts';
import type { LogReader } from './log-reader.ts';
import type { Topic, TopicIndex } from './topic.ts';

/** An event, and the topics that it concerns. */
export interface MatchedEvent<T extends Topic> {
  readonly event: LiveEvent;
  readonly topics: readonly T[];
}

/** Transactions that are loaded together. */
const AT_ONCE = 64;

type UnconfirmedEvent = AcceptedEvent | DoubleSpentEvent | RemovedEvent;

/**
 * The events of a page of the log for some topics, in order. Only what a topic may want is loaded, once for all topics.
 * @param after nothing up to this place is returned
 * @throws EVENTS_EXPIRED if the transaction of an event is no longer kept
 */
export async function* unfold<T extends Topic>(
  page: EventPage,
  index: TopicIndex<T>,
  log: LogReader,
  after: LivePlace,
): AsyncGenerator<MatchedEvent<T>> {
  const means = { index, log, breaks: new Breaks() };
  let waiting: LoggedEvent<UnconfirmedEvent>[] = [];
  for (const { place, event } of page.events) {
    if (!isBlockEvent(event)) waiting.push({ place, event });
    if (waiting.length >= AT_ONCE || isBlockEvent(event)) {
      yield* unconfirmed(waiting, page, means);
      waiting = [];
    }
    if (isBlockEvent(event))
      yield* ofBlock({ place, event, snapshot: page.snapshot, first: firstAfter(after, place) }, means);
  }
  yield* unconfirmed(waiting, page, means);
}

/** What the events of one page are matched with. */
interface Means<T extends Topic> {
  readonly index: TopicIndex<T>;
  readonly log: LogReader;
  readonly breaks: Breaks;
}

async function* unconfirmed<T extends Topic>(
  events: readonly LoggedEvent<UnconfirmedEvent>[],
  { snapshot }: EventPage,
  { index, log, breaks }: Means<T>,
): AsyncGenerator<MatchedEvent<T>> {
  const reader = log.readerAt(snapshot);
  const found = await Promise.all(
    events.map(async ({ place, event }): Promise<MatchedEvent<T> | null> => {
      const topics = index.candidates([...event.keys, postingPrefix('txid', hashFromHex(event.txid))]);
      if (topics.length === 0) return null;
      const transaction = await transactionOf(event, reader);
      const { kind } = event;
      const reason = event.kind === 'removed' ? event.reason : null;
      const by = event.kind === 'accepted' ? null : event.by;
      return wanted(
        { place: endOfEvent(place, snapshot.state), snapshot, kind, transaction, block: null, reason, by },
        topics,
        breaks,
      );
    }),
  );
  for (const matched of found) if (matched !== null) yield matched;
}

/** A transaction that was mined, and is no longer kept as unconfirmed, is found in its block. */
async function transactionOf(event: UnconfirmedEvent, reader: ChainReader): Promise<TransactionView> {
  const position = encodeCommitNumber(event.arrival);
  const found = await (event.kind === 'removed' ? reader.arrivedAt(position) : reader.transactionAt(position));
  if (found !== null) return found;
  const mined = await reader.inAnyBlock(hashFromHex(event.txid));
  if (mined !== null) return mined.at({ position, height: null, index: null });
  throw new BitqlError(
    'EVENTS_EXPIRED',
    'The transactions after the cursor are no longer stored: query the present state, and subscribe from there.',
  );
}

/** The event of a block in the log. */
interface BlockInLog extends LoggedEvent<BlockEvent> {
  readonly snapshot: Snapshot;
  /** The index of the first transaction to report. */
  readonly first: number;
}

async function* ofBlock<T extends Topic>(
  { place, event, snapshot, first }: BlockInLog,
  { index, log, breaks }: Means<T>,
): AsyncGenerator<MatchedEvent<T>> {
  const view = await log.readerAt(snapshot).blockWith(event);
  if (view === null) {
    throw new BitqlError(
      'STORE_DAMAGED',
      `The store should have block ${event.hash}, but it is missing: index into a new store.`,
    );
  }
  const happening = { place: endOfEvent(place, snapshot.state), snapshot, kind: event.kind, block: view };
  const ofBlocks = await wanted(happening, [...index.ofBlocks], breaks);
  if (ofBlocks !== null) yield ofBlocks;
  const kind = event.kind === 'connected' ? 'confirmed' : 'reorganised';
  const block: BlockToUnfold = { view, first, snapshot };
  for await (const { transaction: found, topics } of candidatesIn(block, index, log)) {
    const needsFirstSeen = topics.some((topic) => topic.needsFirstSeen === true);
    const firstSeen = needsFirstSeen ? await log.readerAt(snapshot).firstSeenOf(found) : null;
    const transaction = firstSeen === null ? found : found.at({ firstSeen });
    const at = { event: place, item: transaction.index!, mark: snapshot.state.mark };
    const happened = { place: at, snapshot, kind, transaction, block: view, reason: null, by: null } as const;
    const matched = await wanted(happened, topics, breaks);
    if (matched !== null) yield matched;
  }
}

/** The index of the first transaction of a block's event after a place: the event may have been delivered in part. */
function firstAfter({ event, item }: LivePlace, place: LoggedEvent['place']): number {
  const { number, part, index } = event;
  const isSameCommit = number.epoch === place.number.epoch && number.counter === place.number.counter;
  const isPart = isSameCommit && part === place.part && index === place.index && item !== WHOLE_EVENT;
  return isPart ? item + 1 : 0;
}

async function wanted<T extends Topic>(
  event: LiveEvent,
  topics: readonly T[],
  breaks: Breaks,
): Promise<MatchedEvent<T> | null> {
  const wanting: T[] = [];
  for (const topic of topics) {
    if (topic.wants(event)) wanting.push(topic);
    const turn = breaks.goOn();
    if (turn !== null) await turn;
  }
  return wanting.length === 0 ? null : { event, topics: wanting };
}
