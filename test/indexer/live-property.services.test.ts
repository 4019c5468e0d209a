import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import { errorCode } from '../../src/errors.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { dyingStore } from '../support/altered-store.ts';
import { amount } from '../support/amount.ts';
import { mineCoins } from '../support/coins.ts';
import { Replay } from '../support/event-replay.ts';
import { expectAsFresh, followNode, isCaughtUp, untilCaughtUp } from '../support/live-index.ts';
import { stateOf } from '../support/live-rows.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { Traffic } from '../support/traffic.ts';
import { UnreliableZmq } from '../support/unreliable-zmq.ts';

/** Number of sequences. */
const RUNS = amount({ usual: 12, long: 100 });

/** How an index notices changes: by polling, by ZMQ, or by ZMQ that loses, repeats and swaps messages. */
type Ears = 'none' | 'zmq' | { readonly seed: number; readonly drop: number };

const seed = fc.nat(1_000_000);
const depth = fc.integer({ min: 1, max: 4 });
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('pay' as const), seed }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('spendPending' as const), seed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('replace' as const), seed }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('mine' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('mineConflict' as const), seed }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('reorganise' as const), depth, blocks: fc.nat(6) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('outrun' as const), depth }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('reconsider' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('restart' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('crash' as const), changes: fc.nat(6) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('settle' as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('merge' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('note' as const) }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const ears: fc.Arbitrary<Ears> = fc.oneof(
  fc.constantFrom('none' as const, 'zmq' as const),
  fc.record({ seed, drop: fc.constantFrom(0, 20, 90) }),
);

/** An indexer in this process, which stops, crashes and starts again. */
class Life {
  readonly #node: RegtestNode;
  readonly #store: ChainStore;
  readonly #zmq: readonly string[] | null;
  readonly #from: 0 | 'tip';
  #stop = new AbortController();
  #running: Promise<void> = Promise.resolve();

  constructor(node: RegtestNode, store: ChainStore, zmq: readonly string[] | null, from: 0 | 'tip') {
    this.#node = node;
    this.#from = from;
    this.#store = store;
    this.#zmq = zmq;
    this.start();
  }

  start(store = this.#store): void {
    this.#stop = new AbortController();
    const pollMs = this.#zmq === null || this.#zmq.length > 0 ? 400 : 50;
    this.#running = followNode(this.#node, {
      store,
      pollMs,
      zmq: this.#zmq,
      from: this.#from,
      signal: this.#stop.signal,
    });
    // Awaited in `end`; until then, a failure must not be an unhandled rejection.
    this.#running.catch(() => {});
  }

  async end(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  /** Ends after this many more changes of the store, as if it were killed, or if there are no more to make. */
  async crash(changes: number): Promise<void> {
    await this.end();
    this.start(dyingStore(this.#store, changes));
    let isOver = false;
    const over = this.#running
      .catch((error: Error) => expect(error.message).toBe('killed'))
      .finally(() => {
        isOver = true;
      });
    await until('the indexer to be killed', async () => isOver || isCaughtUp(this.#store, this.#node));
    this.#stop.abort();
    await over;
    this.start();
  }
}

const from = fc.constantFrom(0 as const, 'tip' as const);

/** All logs end with the present, and each is the end of the one before. */
async function expectSameLogs(replays: readonly Replay[], mayBeCut: boolean): Promise<void> {
  let before: string[] | null = null;
  for (const replay of replays) {
    const events = await replay.expectPresent().catch((error: unknown) => {
      // If all indexed blocks are taken back while history is missing, the index begins again at another tip.
      if (mayBeCut && errorCode(error) === 'EVENTS_EXPIRED') return null;
      throw error;
    });
    if (events === null) continue;
    const lines = events.map((event) => JSON.stringify(event));
    if (before !== null) expect(lines).toEqual(before.slice(before.length - lines.length));
    before = lines;
  }
}

describeWith('bitcoind')('an index that follows a live node', ({ bitcoind }) => {
  let zmq: string;
  let node: RegtestNode;
  let traffic: Traffic;

  beforeAll(async () => {
    zmq = `tcp://127.0.0.1:${await freePort()}`;
    const args = ['rawtx', 'hashblock', 'sequence'].map((topic) => `-zmqpub${topic}=${zmq}`);
    node = await startRegtest({ bitcoind, args });
    traffic = await Traffic.begin(node, await mineCoins(node, 20));
  });
  afterAll(() => node.close());

  async function take(step: Step, life: Life, store: ChainStore, replays: Replay[]): Promise<void> {
    switch (step.kind) {
      case 'mine':
        await traffic.mine(step.count);
        return;
      case 'reorganise':
        return traffic.reorganise(step.depth, step.blocks);
      case 'outrun':
        return traffic.outrun(step.depth);
      case 'reconsider':
        return traffic.reconsider();
      case 'restart':
        await life.end();
        life.start();
        return;
      case 'crash':
        return life.crash(step.changes);
      case 'settle':
        return untilCaughtUp(store, node);
      case 'merge':
        return store.settle();
      case 'note':
        replays.push((await Replay.begin(store))!);
        return;
      default:
        await traffic[step.kind](step.seed);
    }
  }

  /** A message that arrives, and whose number shows that others were lost. */
  async function calm(unreliable: UnreliableZmq): Promise<void> {
    await unreliable.calm();
    await traffic.mine(1);
  }

  async function follow(steps: readonly Step[], ears: Ears, from: 0 | 'tip'): Promise<void> {
    await using unreliable =
      typeof ears === 'string'
        ? null
        : await UnreliableZmq.before(zmq, ears.seed, { drop: ears.drop, repeat: 20, swap: 20 });
    const store = await temporaryStore();
    const heard = unreliable === null ? (ears === 'none' ? [] : null) : [unreliable.address];
    const life = new Life(node, store, heard, from);
    try {
      await until('the event log to begin', async () => (await stateOf(store))?.logStart != null);
      const first = await Replay.begin(store);
      const replays = [first!];
      for (const step of steps) {
        // If messages are lost, the index may be behind until another one arrives.
        if (step.kind !== 'settle' || unreliable === null) await take(step, life, store, replays);
      }
      if (unreliable !== null) await calm(unreliable);
      await expectAsFresh(store, node);
      await expectSameLogs(replays, from === 'tip');
    } finally {
      await life.end();
      await store.close();
    }
  }

  it(
    'equals that of an undisturbed run after any events, and its log reports all of them',
    async () => {
      const steps = fc.array(step, { minLength: 5, maxLength: 25 });
      await fc.assert(fc.asyncProperty(steps, ears, from, follow), { numRuns: RUNS, endOnFailure: true });
    },
    60_000 + RUNS * 30_000,
  );
});
