import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../../dev/until.ts';
import { amount } from '../support/amount.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ask } from '../support/graphql.ts';
import { sqliteHome } from '../support/indexer-process.ts';
import { MemoryLimit } from '../support/memory-limit.ts';
import { idOf } from '../support/moving-chain.ts';
import * as costly from './hostile/costly.ts';
import { HonestSocket, type Question } from './hostile/honest.ts';
import { favour, HonestClients } from './hostile/honest-clients.ts';
import * as pages from './hostile/pages.ts';
import * as queries from './hostile/queries.ts';
import * as requests from './hostile/requests.ts';
import * as slow from './hostile/slow.ts';
import { Stage } from './hostile/stage.ts';
import * as streams from './hostile/streams.ts';
import { type Attack, attack, Target } from './hostile/target.ts';

const SECONDS = amount({ usual: 20, long: 300 });
const SEED = Number(process.env.BITQL_HOSTILE_SEED ?? 1);
const SAMPLE_MS = 250;

/** The memory limit of the gateway for any load. The kernel kills it if it takes more. */
const MEMORY_MIB = 1_024;
/** How much more the last eighth of the time may need than the middle one. */
const MAX_GROWTH_MIB = 192;
/** How much more memory objects may take afterwards, for the gateway's caches of the chain, texts and callers. */
const MAX_LEFT_MIB = 48;

const ATTACKS: readonly (readonly [workers: number, attack: Attack])[] = [
  [4, queries.hostileShapes],
  [4, queries.hostileVariables],
  [4, queries.scans],
  [2, queries.persistedQueries],
  [2, queries.badCursors],
  [2, queries.randomQueries],
  [1, queries.largeAnswers],
  [1, queries.tooLargeAnswers],
  [2, queries.goneAtOnce],
  [2, queries.refunds],
  [4, costly.costlyNodes],
  [2, costly.vainSearches],
  [4, costly.refusedTexts],
  [2, costly.refusedMessages],
  [4, costly.replays],
  [4, requests.bodies],
  [4, requests.addresses],
  [8, requests.garbage],
  [4, pages.pages],
  [200, slow.slowHeads],
  [200, slow.slowBodies],
  [300, slow.silence],
  [24, slow.unread],
  [12, slow.hardlyRead],
  [16, streams.frames],
  [8, streams.handshakes],
  [300, streams.idleSockets],
  [16, streams.vanishingSockets],
  [8, streams.reusedIds],
  [32, streams.abandonedEvents],
  [4, streams.deafSockets],
];

const SUBSCRIPTION = `subscription ($after: EventCursor) {
  transactions(after: $after) { cursor kind transaction { txid } }
}`;

let memoryLimit: MemoryLimit | null;
let stage: Stage;
beforeAll(async () => {
  memoryLimit = MemoryLimit.of(MEMORY_MIB);
  stage = await Stage.open(sqliteHome(), memoryLimit);
  // Attackers would run elsewhere, so they must not take processor time from the gateway.
  favour(stage.gateway.pid!);
});
afterAll(async () => {
  await stage.close();
  memoryLimit?.[Symbol.dispose]();
});

it(
  'a gateway under attack of every kind answers honest callers, within bounded memory',
  async () => {
    const { gateway, chain, key } = stage;
    const questions = await stage.questions();
    const { chain: begin } = await ask<{ chain: { cursor: string } }>(gateway.url, '{ chain { cursor } }');
    const variables = { after: begin.cursor };
    const before = stage.sockets();
    const quiet = await quietTimes(questions);
    const heapBefore = await stage.heapMiB();
    const askers = honest(questions);
    const sockets = [1, 2].map(() => new HonestSocket(gateway.url, key, SUBSCRIPTION, variables));
    const headers = { authorization: `Bearer ${key}` };
    const listeners = [1, 2].map(
      () => new EventSourceClient(`${gateway.url}/graphql`, SUBSCRIPTION, { variables, headers }),
    );
    const stop = new AbortController();
    const moving = stage.move(stop.signal);
    const target = new Target(gateway.url, SEED, stop.signal);
    const attacking = attack(target, ATTACKS);
    const memory = await memoryDuring(SECONDS * 1_000);
    stop.abort();
    await Promise.all([attacking, moving]);

    expect(gateway.pid, 'the gateway still runs').toBeDefined();
    expect(target.answers.size).toBeGreaterThan(ATTACKS.length);
    // The log says more about the fault than the answer.
    expect(stage.errors()).toEqual([]);
    expect(target.faults).toEqual([]);
    expect(await stage.metric('bitql_gateway_requests_total', 'INTERNAL_SERVER_ERROR')).toBe(0);

    const { failures, times } = await askers.close();
    const figures = { quietMs: percentiles(quiet), attackedMs: percentiles(times), memoryMiB: eighths(memory) };
    console.log(JSON.stringify(figures));
    expect(failures).toEqual([]);
    expect(times.length).toBeGreaterThan(0);
    const last = stage.say('the last event');
    await chain.commit({ arrive: [last] });
    const isLast = ({ data }: { data: { transactions: { transaction: { txid: string } } } }) =>
      data.transactions.transaction.txid === idOf(last.transaction);
    const cursorsOf = ({ notices }: EventSourceClient) => notices.map(({ id }) => id);
    for (const listener of listeners) await until('all to be told', () => listener.notices.some(isLast));
    const truth = cursorsOf(listeners[0]!);
    expect(new Set(truth).size).toBe(truth.length);
    // As often as a machine that attacks itself can.
    expect(truth.length).toBeGreaterThan(SECONDS / 4);
    expect(cursorsOf(listeners[1]!)).toEqual(truth);
    for (const socket of sockets) {
      await until('all to be told', () => socket.failures.length > 0 || socket.cursors.at(-1) === truth.at(-1));
      expect(socket.failures).toEqual([]);
      expect(socket.cursors).toEqual(truth);
    }

    // An unused connection is closed, even if its client keeps it.
    await until('connections without a use to be ended', () => stage.sockets() < before + 40);
    await until(
      'only honest subscriptions to be left',
      async () => (await stage.metric('bitql_gateway_subscriptions')) === 4,
    );
    const left = await heapLeft(questions, heapBefore);
    console.log(JSON.stringify({ heapMiB: { before: heapBefore, afterwards: left } }));
    target.close();
    for (const one of [...sockets, ...listeners]) await one.close();

    expect(left - heapBefore).toBeLessThan(MAX_LEFT_MIB);
    expect(Math.max(...memory)).toBeLessThan(MEMORY_MIB);
    expect(median(eighth(memory, 7)) - median(eighth(memory, 4))).toBeLessThan(MAX_GROWTH_MIB);
  },
  SECONDS * 1_000 + 300_000,
);

it('a gateway whose open files are used up by connections keeps its subscribers, says so, and recovers', async () => {
  const { sandbox, home, chain } = stage;
  const few = await GatewayProcess.with(sandbox, home, { openFiles: 256, args: ['--log-format', 'json'] });
  const subscriber = new EventSourceClient(`${few.url}/graphql`, SUBSCRIPTION);
  await subscriber.opened;
  const stop = new AbortController();
  const target = new Target(few.url, SEED, stop.signal);
  const attacking = attack(target, [
    [300, slow.silence],
    [300, slow.slowHeads],
    [100, streams.idleSockets],
  ]);
  const refusals = () =>
    few
      .log()
      .split('\n')
      .filter((line) => line.includes('Connections are refused'));
  await until('it to say so', () => refusals().length > 0);
  const event = stage.say('in between');
  await chain.commit({ arrive: [event] });
  const isEvent = ({ data }: { data: { transactions: { transaction: { txid: string } } } }) =>
    data.transactions.transaction.txid === idOf(event.transaction);
  await until('the subscriber to be told', () => subscriber.notices.some(isEvent));
  stop.abort();
  target.close();
  await attacking;
  const answers = async () => (await fetch(`${few.url}/livez`).catch(() => null))?.status === 200;
  await until('others to be let in', answers);
  expect(refusals()).toHaveLength(1);
  expect(target.faults).toEqual([]);
  await subscriber.close();
});

/** The memory of objects afterwards, in MiB. Garbage is collected as new objects are made, so requests continue. */
async function heapLeft(questions: readonly Question[], before: number): Promise<number> {
  const askers = honest(questions);
  let least = Number.POSITIVE_INFINITY;
  const isBack = async () => {
    least = Math.min(least, await stage.heapMiB());
    return least - before < MAX_LEFT_MIB;
  };
  await until('memory to be as before', isBack).catch(() => {});
  await askers.close();
  return least;
}

/** How long honest answers take without attackers, for a tenth of the time. */
async function quietTimes(questions: readonly Question[]): Promise<readonly number[]> {
  const askers = honest(questions);
  await sleep(SECONDS * 100);
  return (await askers.close()).times;
}

const honest = (questions: readonly Question[]) =>
  new HonestClients({ url: stage.gateway.url, key: stage.key, questions, count: 4 });

function percentiles(times: readonly number[]): Record<string, number> {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (share: number) => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { p50: at(0.5), p90: at(0.9), p99: at(0.99), most: at(1) };
}

/** The median of each eighth of the time. */
function eighths(samples: readonly number[]): number[] {
  return Array.from({ length: 8 }, (_, n) => Math.round(median(eighth(samples, n))));
}

/** Samples, in MiB. */
async function memoryDuring(ms: number): Promise<number[]> {
  const samples: number[] = [];
  for (const end = performance.now() + ms; performance.now() < end; ) {
    if (stage.gateway.pid === undefined) throw new Error(`The gateway ended: ${stage.gateway.log().slice(-4_000)}`);
    samples.push(stage.memoryMiB());
    await sleep(SAMPLE_MS);
  }
  return samples;
}

function eighth(samples: readonly number[], n: number): number[] {
  return samples.slice(Math.floor((n * samples.length) / 8), Math.floor(((n + 1) * samples.length) / 8));
}

function median(samples: readonly number[]): number {
  return [...samples].sort((a, b) => a - b)[samples.length >> 1]!;
}
