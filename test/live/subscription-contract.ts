import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { networkById } from '../../src/chain/networks.ts';
import {
  comparePlaces,
  encodeEventCursor,
  endOfEvent,
  isBlockHappening,
  type LiveEvent,
  type LivePlace,
} from '../../src/live/live-event.ts';
import { LiveEvents, type LiveSubscription } from '../../src/live/subscription.ts';
import { addressesTopic, BLOCKS, type Topic, transactionsTopic } from '../../src/live/topic.ts';
import { type FilterInput, parseFilter } from '../../src/query/parse-filter.ts';
import { endOf, openLog } from '../../src/store/event-log.ts';
import { EVERY_FAMILY } from '../../src/store/postings.ts';
import type { ChainStore, ReadStore } from '../../src/store/store.ts';
import { readingStore } from '../support/altered-store.ts';
import { idOf, type MadeTransaction, type Moment, MovingChain } from '../support/moving-chain.ts';
import { holdsNaively } from '../support/naive-filter.ts';
import { moveFilterOf } from '../support/random-filters.ts';
import { MOVE_KEYS, moveOf, perform } from '../support/random-moves.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';

const NETWORK = networkById('btc-regtest');
const REWARDS = Array.from({ length: MOVE_KEYS }, (_, key) => ({ value: 50, script: p2pkhScript(key) }));
const SILENT = { warn() {} };

function gatewayOf(store: ReadStore): LiveEvents {
  return new LiveEvents({ store, bell: null, log: SILENT });
}

/** As a subscription to a complete index has it. */
function topicOf(filter: FilterInput): Topic {
  return transactionsTopic(parseFilter(filter, NETWORK), NETWORK, EVERY_FAMILY);
}

async function present(store: ReadStore): Promise<LivePlace> {
  const { commit, state } = await openLog(store);
  return endOfEvent(endOf(commit), state);
}

/** One line for each event: its subject and its place. */
function line(event: LiveEvent): string {
  const { kind, place } = event;
  const cursor = encodeEventCursor(place);
  if (isBlockHappening(event)) return `${cursor} ${kind} ${event.block.height}.${event.block.fork}`;
  const { transaction, block, reason, by } = event;
  return `${cursor} ${kind} ${idOf(transaction.transaction)} ${block?.height}.${block?.fork} ${reason} ${by}`;
}

/** Collects its events. */
class Subscriber {
  readonly events: LiveEvent[] = [];
  readonly #subscription: LiveSubscription;
  readonly #reading: Promise<void>;

  constructor(subscription: LiveSubscription) {
    this.#subscription = subscription;
    this.#reading = this.#read();
  }

  async untilAt(place: LivePlace): Promise<void> {
    await until('the subscriber to be told all', () => comparePlaces(this.#subscription.place, place) >= 0);
  }

  async close(): Promise<void> {
    await this.#subscription.return();
    await this.#reading;
  }

  async #read(): Promise<void> {
    for await (const event of this.#subscription) this.events.push(event);
  }
}

/** Reads up to a place, and now and then ends and resumes, each time at another gateway. */
async function readInPieces(store: ReadStore, topic: Topic, from: LivePlace, to: LivePlace): Promise<LiveEvent[]> {
  const events: LiveEvent[] = [];
  let after = encodeEventCursor(from);
  for (;;) {
    const subscription = await gatewayOf(store).subscribe(topic, after);
    for (let left = Math.floor(Math.random() * 5); left >= 0; left--) {
      const next = subscription.next();
      const isAtEnd = () => comparePlaces(subscription.place, to) >= 0;
      const event = await Promise.race([next, until('the end', isAtEnd).then(() => null)]);
      if (event === null) {
        await subscription.return();
        return events;
      }
      events.push(event.value);
      after = encodeEventCursor(event.value.place);
    }
    await subscription.return();
  }
}

function seenIds({ blocks, pending }: Moment, filter: FilterInput): string[] {
  const confirmed = blocks.flatMap(({ height, time, transactions }) =>
    transactions.map((made) => ({ ...made, height, time })),
  );
  const unconfirmed = pending.map((made) => ({ ...made, height: null, time: null }));
  return [...confirmed, ...unconfirmed]
    .filter((seen) => holdsNaively(filter, seen, NETWORK))
    .map((seen) => idOf(seen.transaction));
}

/** The transactions that a subscriber would list if it knew the earlier ones and received the events. */
function believed(before: readonly string[], events: readonly LiveEvent[], filter: FilterInput): string[] {
  const ids = new Set(before);
  for (const event of events) {
    if (isBlockHappening(event)) continue;
    const { kind, transaction, block } = event;
    const place =
      kind === 'confirmed' ? { height: block!.height, time: block!.header.time } : { height: null, time: null };
    const isThere =
      kind !== 'removed' && kind !== 'reorganised' && holdsNaively(filter, { ...transaction, ...place }, NETWORK);
    if (isThere) ids.add(idOf(transaction.transaction));
    else ids.delete(idOf(transaction.transaction));
  }
  return [...ids];
}

const scenarioOf = fc.record({
  before: fc.array(moveOf, { minLength: 3, maxLength: 10 }),
  during: fc.array(moveOf, { minLength: 1, maxLength: 12 }),
  filters: fc.array(moveFilterOf({ spent: false }), { minLength: 1, maxLength: 4 }),
  keys: fc.uniqueArray(fc.nat(MOVE_KEYS), { minLength: 1, maxLength: 3 }),
});

/** What subscriptions promise, over a store. @param open an empty one @param runs of random chains, within some time */
export function describeSubscriptions(open: () => Promise<ChainStore>, runs: number, timeoutMs: number): void {
  const newChain = async () => MovingChain.create(REWARDS, await open());

  describe('subscriptions', () => {
    it(
      'a subscriber receives all events of transactions that its filter matches, live, later, or in pieces',
      async () => {
        const property = fc.asyncProperty(scenarioOf, async ({ before, during, filters, keys }) => {
          const chain = await newChain();
          try {
            for (const move of before) await perform(chain, move);
            const { store } = chain;
            const [begin, seen] = [await present(store), chain.now];
            const addresses = new Map(keys.map((key) => [`key ${key}`, p2pkhScript(key)]));
            const topics = [...filters.map(topicOf), BLOCKS, addressesTopic(addresses)];
            const gateway = gatewayOf(store);
            const subscriptions = await Promise.all(topics.map((topic) => gateway.subscribe(topic, null)));
            const subscribers = subscriptions.map((subscription) => new Subscriber(subscription));
            for (const move of during) if (move.kind !== 'sweep') await perform(chain, move);
            const end = await present(store);
            await Promise.all(subscribers.map((subscriber) => subscriber.untilAt(end)));
            for (const [i, { events }] of subscribers.entries()) {
              const again = await readInPieces(store, topics[i]!, begin, end);
              expect(again.map(line)).toEqual(events.map(line));
            }
            for (const [i, filter] of filters.entries()) {
              const believes = believed(seenIds(seen, filter), subscribers[i]!.events, filter);
              expect(believes.sort()).toEqual(seenIds(chain.now, filter).sort());
            }
            await Promise.all(subscribers.map((subscriber) => subscriber.close()));
          } finally {
            await chain.close();
          }
        });
        await fc.assert(property, { numRuns: runs, endOnFailure: true });
      },
      timeoutMs,
    );

    it('a subscription continues from a place after which a writer was replaced before it did anything', async () => {
      const chain = await newChain();
      await chain.restart([]);
      const begin = await present(chain.store);
      await chain.restart([]);
      await chain.commit({ connect: [[]] });
      const events = await readInPieces(chain.store, BLOCKS, begin, await present(chain.store));
      expect(events.map(({ kind }) => kind)).toEqual(['connected']);
      await chain.close();
    });

    it('a slow subscriber continues from the log, without a gap or a repetition', async () => {
      const chain = await newChain();
      const gateway = gatewayOf(chain.store);
      const begin = await present(chain.store);
      const subscriptions = await Promise.all([1, 2].map(() => gateway.subscribe(topicOf({}), null)));
      const [quick, slow] = [new Subscriber(subscriptions[0]!), subscriptions[1]!];
      for (let round = 0; round < 3; round++) {
        const arrive = Array.from({ length: 400 }, (_, i) =>
          chain.make([{ txid: new Uint8Array(32).fill(round + 1), index: i }], [{ value: 0, script: p2pkhScript(i) }]),
        );
        await chain.commit({ arrive });
      }
      await chain.commit({ connect: [chain.now.pending.slice(0, 700)] });
      await quick.untilAt(await present(chain.store));
      const late = new Subscriber(slow);
      await late.untilAt(await present(chain.store));
      expect(quick.events).toHaveLength(1_200 + 701);
      expect(late.events.map(line)).toEqual(quick.events.map(line));
      // One key is looked up in a block; for subscribers to everything, all of its transactions are examined.
      const five = addressesTopic(new Map([['five', p2pkhScript(5)]]));
      const ofFive = await readInPieces(chain.store, five, begin, await present(chain.store));
      expect(ofFive.map(line)).toEqual(quick.events.filter(five.wants).map(line));
      expect(ofFive.length).toBeGreaterThan(4);
      await Promise.all([quick.close(), late.close()]);
      await chain.close();
    });

    it('a double spend that the node sees is reported to the subscribers that it concerns', async () => {
      const chain = await newChain();
      const begin = await present(chain.store);
      const [made, other] = [8, 9].map((key) =>
        chain.make([{ txid: new Uint8Array(32), index: key }], [{ value: 0, script: p2pkhScript(key) }]),
      );
      const [id, by] = [idOf(made!.transaction), 'ab'.repeat(32)];
      await chain.commit({ arrive: [made!, other!] });
      await chain.commit({ doubleSpend: [{ id, by }] });
      const told = async (key: number) => {
        const topic = addressesTopic(new Map([['key', p2pkhScript(key)]]));
        const events = await readInPieces(chain.store, topic, begin, await present(chain.store));
        return events.map((event) => line(event).split(' ').slice(1));
      };
      const accepted = (one: MadeTransaction) => [
        'accepted',
        idOf(one.transaction),
        'undefined.undefined',
        'null',
        'null',
      ];
      expect(await told(8)).toEqual([accepted(made!), ['doubleSpent', id, 'undefined.undefined', 'null', by]]);
      expect(await told(9)).toEqual([accepted(other!)]);
      await chain.close();
    });

    it('a mined transaction is reported after it was swept as pending', async () => {
      const chain = await newChain();
      const begin = await present(chain.store);
      const made = chain.make([{ txid: new Uint8Array(32), index: 0 }], [{ value: 0, script: p2pkhScript(9) }]);
      await chain.commit({ arrive: [made] });
      await chain.commit({ connect: [[made]] });
      await chain.sweep();
      const topic = addressesTopic(new Map([['nine', p2pkhScript(9)]]));
      const events = await readInPieces(chain.store, topic, begin, await present(chain.store));
      expect(events.map(({ kind }) => kind)).toEqual(['accepted', 'confirmed']);
      await chain.close();
    });

    it('a place that is forgotten, or never existed, is refused', async () => {
      const chain = await newChain();
      const begin = await present(chain.store);
      const gateway = gatewayOf(chain.store);
      const made = chain.make([{ txid: new Uint8Array(32), index: 0 }], [{ value: 0, script: p2pkhScript(9) }]);
      await chain.commit({ arrive: [made] });
      const future = { ...begin, event: { ...begin.event, number: { epoch: 1, counter: 1_000 } } };
      await expect(gateway.subscribe(BLOCKS, encodeEventCursor(future))).rejects.toMatchObject({ code: 'BAD_CURSOR' });
      await chain.commit({ leave: [{ id: idOf(made.transaction), reason: 'evicted' }] });
      await chain.sweep();
      const forgetful = await gateway.subscribe(topicOf({}), encodeEventCursor(begin));
      await expect(forgetful.next()).rejects.toMatchObject({ code: 'EVENTS_EXPIRED' });
      const other = await gateway.subscribe(BLOCKS, encodeEventCursor(begin));
      await other.return();
      await chain.close();
    });

    it('a place of another index is refused, however long either is', async () => {
      const [before, after] = [await newChain(), await newChain()];
      const place = await present(before.store);
      for (let i = 0; i < 3; i++) await after.commit({ connect: [[]] });
      const gateway = gatewayOf(after.store);
      const refused = { code: 'BAD_CURSOR', message: expect.stringContaining('belongs to another index') };
      await fc.assert(
        fc.asyncProperty(fc.nat({ max: 0xffff_ffff }), async (mark) => {
          fc.pre(mark !== (await present(after.store)).mark);
          const cursors = [place, { ...(await present(after.store)), mark }].map(encodeEventCursor);
          for (const cursor of cursors) await expect(gateway.subscribe(BLOCKS, cursor)).rejects.toMatchObject(refused);
        }),
        { numRuns: 20 },
      );
      await Promise.all([before.close(), after.close()]);
    });

    it.each(['from now on', 'reading what was'])(
      'a subscription %s ends with an error if another index replaces its own',
      async (how) => {
        const [before, after] = [await newChain(), await newChain()];
        let [store, isAway] = [before.store as ReadStore, false];
        const moving = readingStore(before.store, {
          readState: () => (isAway ? Promise.resolve(null) : store.readState()),
          read: (...args) => store.read(...args),
        });
        const begin = await present(before.store);
        await before.commit({ connect: [[]] });
        const subscription = await gatewayOf(moving).subscribe(
          BLOCKS,
          how === 'from now on' ? null : encodeEventCursor(begin),
        );
        isAway = true;
        const next = subscription.next();
        next.catch(() => {});
        for (let i = 0; i < 5; i++) await after.commit({ connect: [[]] });
        [store, isAway] = [after.store, false];
        await expect(next).rejects.toMatchObject({ code: 'BAD_CURSOR' });
        await Promise.all([before.close(), after.close()]);
      },
    );

    it('the log is read once for all, and only while there are subscribers', async () => {
      const chain = await newChain();
      let reads = 0;
      const store = readingStore(chain.store, {
        readState: () => {
          reads += 1;
          return chain.store.readState();
        },
      });
      const gateway = gatewayOf(store);
      const subscriptions = await Promise.all(Array.from({ length: 500 }, () => gateway.subscribe(BLOCKS, null)));
      const subscribers = subscriptions.map((subscription) => new Subscriber(subscription));
      const before = reads;
      await chain.commit({ connect: [[]] });
      await Promise.all(subscribers.map(async (one) => one.untilAt(await present(chain.store))));
      expect(subscribers.every(({ events }) => events.length === 1)).toBe(true);
      expect(reads - before).toBeLessThan(400);
      await Promise.all(subscribers.map((subscriber) => subscriber.close()));
      const after = reads;
      const elsewhere = new Subscriber(await gatewayOf(chain.store).subscribe(BLOCKS, null));
      for (let n = 1; n <= 3; n++) {
        await chain.commit({ connect: [[]] });
        await until('another gateway to tell of a block', () => elsewhere.events.length === n);
      }
      expect(reads).toBe(after);
      await elsewhere.close();
      await chain.close();
    });
  });
}
