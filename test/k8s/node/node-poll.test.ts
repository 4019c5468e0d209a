import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, vi } from 'vitest';
import { rpcAt } from '../../../k8s/operator/node/connection.ts';
import { NodePoll, NodeSilences, type PollTarget } from '../../../k8s/operator/node/poll.ts';
import { outOfTime, type SilenceReason } from '../../../k8s/operator/node/silence.ts';
import { OutsideCalls } from '../../../k8s/operator/runtime/outside-calls.ts';
import type { ReconcileContext } from '../../../k8s/operator/runtime/reconciler.ts';
import { BitqlError } from '../../../src/errors.ts';

const HOUR_MS = 3_600_000;
const TARGET: PollTarget = {
  ...{ url: 'http://node:8332', login: { username: 'a', password: 'b' } },
  ...{ references: [], splitDepth: 2 },
};
const unreachable = (code?: string) => new BitqlError('NODE_UNREACHABLE', '', { cause: { code } });

/** Errors of a call to a node that is silent in one way or another. */
const ERRORS: Readonly<Record<SilenceReason, BitqlError>> = {
  Timeout: outOfTime('It did not answer.'),
  HostNotFound: unreachable('ENOTFOUND'),
  Refused: unreachable('ECONNREFUSED'),
  Unreachable: unreachable(),
  AuthFailed: new BitqlError('NODE_UNAUTHORIZED', ''),
  UnexpectedAnswer: new BitqlError('NODE_REFUSED', ''),
  WarmingUp: new BitqlError('NODE_WARMING_UP', ''),
};

/** Nodes at one address whose calls all fail in the same way, and a clock that the test sets. */
class Silent {
  now = 1_000_000;
  readonly asked: number[] = [];
  readonly silences = new NodeSilences();
  readonly context: ReconcileContext;

  constructor(reason: SilenceReason) {
    this.context = {
      steadyNow: () => this.now,
      signal: new AbortController().signal,
      outside: async () => {
        this.asked.push(this.now);
        throw ERRORS[reason];
      },
    } as unknown as ReconcileContext;
  }

  poll(before?: 'quick' | 'slow'): NodePoll {
    return new NodePoll(TARGET, { pollMs: 2_000, silences: this.silences, before });
  }

  /** Lets an hour pass. @returns how long it was left alone, each time */
  async hourOf(poll: NodePoll): Promise<number[]> {
    for (const end = this.now + HOUR_MS; this.now < end; this.now += poll.waitMs(this.now)) {
      const observation = await poll.observe(this.context);
      // Callers in between get the known result.
      expect(await poll.observe(this.context)).toBe(observation);
    }
    return this.asked.slice(1).map((at, n) => at - this.asked[n]!);
  }
}

it.each<SilenceReason>(['Timeout', 'HostNotFound', 'Refused', 'Unreachable', 'AuthFailed', 'UnexpectedAnswer'])(
  'asks a node that is silent by %s less and less often, down to once a minute',
  async (reason) => {
    const silent = new Silent(reason);
    const poll = silent.poll();
    const waits = await silent.hourOf(poll);
    expect((await poll.observe(silent.context)).silence?.reason).toBe(reason);
    expect(waits[0]).toBeLessThanOrEqual(5_000);
    expect(Math.max(...waits)).toBeGreaterThan(30_000);
    expect(Math.max(...waits)).toBeLessThanOrEqual(60_000);
    expect(waits.length).toBeLessThan(150);
  },
);

it('keeps asking a node that is still starting', async () => {
  const silent = new Silent('WarmingUp');
  expect(Math.max(...(await silent.hourOf(silent.poll())))).toBe(5_000);
});

it('asks at once after a change, and remembers how long a node was silent', async () => {
  const silent = new Silent('Timeout');
  const poll = silent.poll();
  await silent.hourOf(poll);
  for (let changes = 0; changes < 3; changes++) {
    const before = silent.asked.length;
    poll.hurry();
    expect(poll.waitMs(silent.now)).toBe(0);
    await poll.observe(silent.context);
    expect(silent.asked).toHaveLength(before + 1);
    silent.now += poll.waitMs(silent.now);
    await poll.observe(silent.context);
    expect(poll.waitMs(silent.now)).toBeGreaterThanOrEqual(30_000);
    silent.now += 1;
  }
  // It is compared with other nodes now, so another poll asks it.
  const other = silent.poll();
  silent.now += poll.waitMs(silent.now);
  await other.observe(silent.context);
  expect(other.waitMs(silent.now)).toBeGreaterThanOrEqual(30_000);
});

it('remembers a node that was silent before this process began', async () => {
  const silent = new Silent('Timeout');
  const poll = silent.poll('slow');
  await poll.observe(silent.context);
  expect(silent.asked).toHaveLength(1);
  expect(poll.waitMs(silent.now)).toBeGreaterThanOrEqual(30_000);
});

it('keeps asking a node that answers, however the clock is set', async () => {
  await using node = await FakeNode.start((response, result) => response.end(result));
  const now = vi.spyOn(Date, 'now');
  const poll = new NodePoll({ ...TARGET, url: node.url }, { pollMs: 2_000 });
  const context = contextOf(new OutsideCalls(4));
  expect((await poll.observe(context)).silence).toBeNull();
  const before = node.asked;
  now.mockReturnValue(Date.parse('2001-01-01'));
  expect(poll.waitMs(context.steadyNow())).toBeLessThanOrEqual(2_000);
  await poll.observe({ ...context, steadyNow: () => performance.now() + 2_001 });
  expect(node.asked).toBeGreaterThan(before);
  now.mockRestore();
});

it('is of another node if anything about the connection differs', () => {
  const poll = new NodePoll(TARGET, { pollMs: 2_000 });
  expect(poll.isOf({ ...TARGET, login: { ...TARGET.login } })).toBe(true);
  const reference = { name: 'other', rpc: null, url: '', address: '', problem: 'There is none.' };
  for (const other of [
    { url: 'http://node:8333' },
    { login: { username: 'a', password: 'c' } },
    { splitDepth: 3 },
    { references: [reference] },
  ]) {
    expect(poll.isOf({ ...TARGET, ...other })).toBe(false);
  }
});

const CHAIN = {
  ...{ chain: 'main', blocks: 1, headers: 1, bestblockhash: 'ab'.repeat(32), mediantime: 1, chainwork: 'ff' },
  ...{ initialblockdownload: false, verificationprogress: 1, pruned: false },
};
const RESULTS: Readonly<Record<string, unknown>> = {
  getblockchaininfo: CHAIN,
  getblockheader: { height: 1, time: 1, chainwork: 'ff', hash: CHAIN.bestblockhash },
  getnetworkinfo: { version: 290_000, subversion: '/Satoshi:29.0.0/', protocolversion: 70_016, connections: 0 },
  getchaintips: [],
  getpeerinfo: [],
  getblockhash: CHAIN.bestblockhash,
};

/** A node whose answers the test sets, and which counts how many calls are open at the same time. */
class FakeNode implements AsyncDisposable {
  readonly #server;
  asked = 0;
  open = 0;
  mostOpen = 0;

  private constructor(answer: (response: ServerResponse, result: string, nth: number) => void) {
    this.#server = createServer(async (request, response) => {
      this.mostOpen = Math.max(this.mostOpen, ++this.open);
      response.on('close', () => this.open--);
      const { method, id } = JSON.parse(Buffer.concat(await request.toArray()).toString());
      answer(response, JSON.stringify({ id, error: null, result: RESULTS[method] }), ++this.asked);
    });
  }

  static async start(answer: (response: ServerResponse, result: string, nth: number) => void): Promise<FakeNode> {
    const node = new FakeNode(answer);
    await new Promise<void>((listening) => node.#server.listen(0, '127.0.0.1', listening));
    return node;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const contextOf = (calls: OutsideCalls, signal = new AbortController().signal) =>
  ({
    steadyNow: () => performance.now(),
    signal,
    outside: (host: string, call: () => Promise<unknown>) => calls.run(host, call, { signal }),
  }) as unknown as ReconcileContext;

it('treats a node as silent if it does not answer all calls within their common time', async () => {
  await using node = await FakeNode.start((response, result, nth) => nth === 1 && response.end(result));
  const poll = new NodePoll({ ...TARGET, url: node.url }, { pollMs: 2_000, probeMs: 100 });
  const context = contextOf(new OutsideCalls(4));
  const { silence } = await poll.observe(context);
  expect(silence?.reason).toBe('Timeout');
  expect(poll.waitMs(performance.now())).toBeGreaterThan(2_000);
  expect(await poll.observe(context)).toMatchObject({ silence });
});

it('asks an address that does not answer a few times, however many nodes have it', async () => {
  await using node = await FakeNode.start(() => {});
  const silences = new NodeSilences();
  const context = contextOf(new OutsideCalls(64));
  const polls = Array.from({ length: 40 }, (_, n) => {
    const login = { username: `user-${n}`, password: '' };
    return new NodePoll({ ...TARGET, url: node.url, login }, { pollMs: 2_000, probeMs: 300, silences });
  });
  const told = await Promise.all(polls.map((poll) => poll.observe(context)));
  expect(told.map(({ silence }) => silence?.reason)).toEqual(polls.map(() => 'Timeout'));
  expect(node.asked).toBeLessThanOrEqual(4);
});

it('does not count the time in which a node waits for its turn', async () => {
  await using node = await FakeNode.start((response, result) => response.end(result));
  const calls = new OutsideCalls(1);
  const other = Promise.withResolvers<void>();
  const before = calls.run('other:8332', () => other.promise);
  const probeMs = 200;
  const observed = new NodePoll({ ...TARGET, url: node.url }, { pollMs: 2_000, probeMs }).observe(contextOf(calls));
  const begun = performance.now();
  await vi.waitUntil(() => performance.now() - begun > 2 * probeMs);
  expect(node.asked).toBe(0);
  other.resolve();
  await before;
  expect((await observed).silence).toBeNull();
});

it('makes a few calls to a host at once, both as a node and as a reference of many', async () => {
  // Each call stays open until no more arrive.
  const open: (() => void)[] = [];
  const answer = () => {
    const next = open.shift();
    if (next !== undefined) next();
    setTimeout(answer, 5).unref();
  };
  await using node = await FakeNode.start((response, result) => open.push(() => response.end(result)));
  answer();
  const context = contextOf(new OutsideCalls(64));
  const references = Array.from({ length: 8 }, (_, n) => {
    const url = `${node.url}`;
    return { name: `of-${n}`, rpc: rpcAt(url, TARGET.login), url, address: url, problem: '' };
  });
  const polls = Array.from(
    { length: 6 },
    () => new NodePoll({ ...TARGET, url: node.url, references }, { pollMs: 2_000 }),
  );
  const told = await Promise.all(polls.map((poll) => poll.observe(context)));
  expect(told.map(({ answers }) => answers?.unheard)).toEqual(polls.map(() => []));
  expect(node.mostOpen).toBe(4);
});
