import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { text } from 'node:stream/consumers';
import { createClient } from 'graphql-ws';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ask } from '../support/graphql.ts';
import { type Home, mongoHome, sqliteHome } from '../support/indexer-process.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { dataScript, p2pkhScript } from '../support/synthetic-chain.ts';
import { Balancer } from './balancer.ts';

/** How often each gateway is restarted. */
const ROUNDS = amount({ usual: 2, long: 20 });
/** Longer than a balancer takes to notice, also on a machine that is busy with other tests. */
const DRAIN_DELAY = '4';
const CLIENTS = 8;

const QUERY = '{ transactions(first: 20) { nodes { txid outputs { value data { pushes { utf8 } } } } } }';
const SUBSCRIPTION = `subscription($after: EventCursor) {
  transactions(after: $after) { cursor kind block { height } transaction { txid } }
}`;

/** Sends requests without a pause on one connection, as long as the gateway keeps it open. No request is repeated. */
class Asker {
  readonly failures: string[] = [];
  answers = 0;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #asking: Promise<void>;
  #isClosed = false;

  constructor(url: string) {
    this.#asking = this.#ask(url);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#asking;
    this.#agent.destroy();
  }

  async #ask(url: string): Promise<void> {
    while (!this.#isClosed) {
      try {
        const { status, body } = await this.#post(url);
        if (status !== 200 || JSON.parse(body).errors !== undefined) this.failures.push(`${status} ${body}`);
        this.answers += 1;
      } catch (error) {
        this.failures.push(String(error));
      }
    }
  }

  async #post(url: string): Promise<{ status: number | undefined; body: string }> {
    const headers = { 'content-type': 'application/json' };
    const outgoing = request(`${url}/graphql`, { method: 'POST', agent: this.#agent, headers });
    outgoing.end(JSON.stringify({ query: QUERY }));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    return { status: response.statusCode, body: await text(response) };
  }
}

/** Receives events over several connections, each from where the last one ended. */
interface Subscriber {
  readonly cursors: string[];
  readonly connections: number;
  readonly failures: readonly string[];
  close(): Promise<void>;
}

class EventsSubscriber implements Subscriber {
  readonly failures: string[] = [];
  readonly #clients: EventSourceClient[] = [];
  readonly #listening: Promise<void>;
  #isClosed = false;

  constructor(url: string, begin: string) {
    this.#listening = this.#listen(url, begin);
  }

  get cursors(): string[] {
    return this.#clients.flatMap(({ notices }) => notices.map(({ id }) => id!));
  }

  get connections(): number {
    return this.#clients.length;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#clients.at(-1)?.close();
    await this.#listening;
  }

  async #listen(url: string, begin: string): Promise<void> {
    let lastEventId = begin;
    while (!this.#isClosed) {
      const client = new EventSourceClient(`${url}/graphql`, SUBSCRIPTION, { lastEventId });
      this.#clients.push(client);
      await client.opened.catch((error: Error) => this.failures.push(`${error}: ${error.cause}`));
      await client.ended;
      lastEventId = client.lastEventId ?? lastEventId;
    }
  }
}

class SocketSubscriber implements Subscriber {
  readonly cursors: string[] = [];
  readonly failures: string[] = [];
  connections = 0;
  #stop: () => void = () => {};
  readonly #listening: Promise<void>;
  #isClosed = false;

  constructor(url: string, begin: string) {
    this.#listening = this.#listen(url, begin);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#stop();
    await this.#listening;
  }

  async #listen(url: string, begin: string): Promise<void> {
    while (!this.#isClosed) {
      const client = createClient({
        url: `${url.replace('http', 'ws')}/graphql`,
        webSocketImpl: WebSocket,
        retryAttempts: 0,
      });
      this.#stop = () => void client.dispose();
      this.connections += 1;
      const variables = { after: this.cursors.at(-1) ?? begin };
      try {
        for await (const { data } of client.iterate<{ transactions: { cursor: string } }>({
          query: SUBSCRIPTION,
          variables,
        }))
          this.cursors.push(data!.transactions.cursor);
      } catch (error) {
        const { code } = error as { code?: number };
        if (code !== 1001 && !this.#isClosed) this.failures.push(`${code} ${error}`);
      }
      await client.dispose();
    }
  }
}

/** Changes the chain until it is stopped. */
async function move(chain: MovingChain, signal: AbortSignal): Promise<void> {
  for (let n = 0; !signal.aborted; n++) {
    const made = pay(chain, n);
    await chain.commit({ arrive: [made] });
    if (n % 10 === 9) await chain.commit({ connect: [chain.now.pending] });
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function pay(chain: MovingChain, n: number): MadeTransaction {
  const outputs = [
    { value: 0, script: p2pkhScript(n % 200) },
    { value: 0, script: dataScript([new TextEncoder().encode(`event ${n}`)]) },
  ];
  return chain.make([{ txid: new Uint8Array(32).fill(9), index: n }], outputs);
}

/** The ids of all events, up to one that happens now. */
async function cursorsOfAll(chain: MovingChain, url: string, begin: string): Promise<(string | null)[]> {
  const last = pay(chain, 1_000_000);
  await chain.commit({ arrive: [last] });
  const client = new EventSourceClient(`${url}/graphql`, SUBSCRIPTION, { lastEventId: begin });
  const txid = idOf(last.transaction);
  await until('the last event', () => client.notices.at(-1)?.data.transactions.transaction.txid === txid);
  await client.close();
  return client.notices.map(({ id }) => id);
}

function describeRestart(title: string, newHome: () => Home): void {
  describe(title, () => {
    it(
      'loses no request and no event',
      async () => {
        await using home = newHome();
        await using sandbox = new Sandbox('rolling');
        const chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }], await home.open());
        const args = ['--drain-delay', DRAIN_DELAY];
        const gateways = [
          await GatewayProcess.start(sandbox, home, args),
          await GatewayProcess.start(sandbox, home, args),
        ];
        await using balancer = await Balancer.before(gateways.map(({ url }) => url));
        const { cursor: begin } = (await ask<{ chain: { cursor: string } }>(balancer.url, '{ chain { cursor } }'))
          .chain;
        const stop = new AbortController();
        const moving = move(chain, stop.signal);
        const askers = Array.from({ length: CLIENTS }, () => new Asker(balancer.url));
        const subscribers: Subscriber[] = Array.from({ length: CLIENTS }, (_, i) =>
          i % 2 === 0 ? new EventsSubscriber(balancer.url, begin) : new SocketSubscriber(balancer.url, begin),
        );
        for (let round = 0; round < ROUNDS; round++) {
          for (const gateway of gateways) {
            const answers = askers.map((asker) => asker.answers);
            expect(await gateway.restart()).toBe(0);
            await balancer.untilReady(gateway.url);
            for (const [i, asker] of askers.entries()) {
              await until('each to be answered', () => asker.answers > answers[i]!);
            }
          }
        }
        stop.abort();
        await moving;
        for (const asker of askers) {
          await asker.close();
          expect(asker.failures).toEqual([]);
        }
        const truth = await cursorsOfAll(chain, balancer.url, begin);
        expect(truth.length).toBeGreaterThan(100);
        for (const subscriber of subscribers) {
          await until('all to be told', () => subscriber.cursors.at(-1) === truth.at(-1));
          await subscriber.close();
          expect(subscriber.failures).toEqual([]);
          expect(subscriber.cursors).toEqual(truth);
        }
        expect(Math.max(...subscribers.map(({ connections }) => connections))).toBeGreaterThan(ROUNDS);
        await chain.close();
      },
      120_000 + ROUNDS * 30_000,
    );
  });
}

describeRestart('a rolling restart of two gateways on SQLite', sqliteHome);

describeWith('mongodb')('a rolling restart of two gateways on MongoDB', ({ mongodbUri }) => {
  describeRestart('under load', () => mongoHome(mongodbUri));
});
