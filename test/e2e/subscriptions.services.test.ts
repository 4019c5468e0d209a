import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { keyPairOf } from '../../dev/lock.ts';
import { payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { mineCoins } from '../support/coins.ts';
import { opReturn } from '../support/data-scripts.ts';
import { EventSourceClient, type Notice } from '../support/event-source.ts';
import { GatewayProcess } from '../support/gateway-process.ts';
import { ask } from '../support/graphql.ts';
import { type Home, mongoHome, sqliteHome, startIndexer } from '../support/indexer-process.ts';
import { untilCaughtUp } from '../support/live-index.ts';
import { keyHash } from '../support/locks.ts';
import { Traffic } from '../support/traffic.ts';

/** How often the active indexer is killed and its standby takes over. */
const TAKEOVERS = amount({ usual: 2, long: 20 });
/** How many moves happen between two kills. */
const ROUNDS = 40;

/** The machine may be busy with other tests. */
const PATIENCE = { timeoutMs: 120_000 };

/** Some addresses that the traffic pays. */
const PAYEES = [1, 4, 7].map((n) => keyHash(keyPairOf(`payee ${n}`)));

const EVENT = 'cursor kind reason by block { height hash } transaction { txid }';
const SUBSCRIPTIONS = {
  'all transactions': `subscription($after: EventCursor) { told: transactions(after: $after) { ${EVENT} } }`,
  'transactions by what they say': `subscription($after: EventCursor) {
    told: transactions(after: $after, filter: { data: { pushes: { startsWith: { utf8: "traf" } } } }) { ${EVENT} }
  }`,
  'unconfirmed transactions': `subscription($after: EventCursor) {
    told: transactions(after: $after, filter: { confirmed: false }) { ${EVENT} }
  }`,
  addresses: `subscription($after: EventCursor) {
    told: address(after: $after, addresses: ${JSON.stringify(PAYEES.map(({ address }) => address))}) { addresses ${EVENT} }
  }`,
  blocks: 'subscription($after: EventCursor) { told: blocks(after: $after) { cursor kind block { height hash } } }',
};

/** Connects to gateways in turn, and continues each time where it was. */
class Hopper {
  readonly notices: Notice[] = [];
  readonly #query: string;
  readonly #begin: string;
  readonly #gateways: readonly GatewayProcess[];
  readonly #hopping: Promise<void>;
  #isClosed = false;

  constructor(query: string, begin: string, gateways: readonly GatewayProcess[]) {
    this.#query = query;
    this.#begin = begin;
    this.#gateways = gateways;
    this.#hopping = this.#hop();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#hopping;
  }

  async #hop(): Promise<void> {
    let lastEventId: string | null = null;
    for (let n = 0; !this.#isClosed; n++) {
      const { url } = this.#gateways[n % this.#gateways.length]!;
      // Both ways to name the position work.
      const options = n % 3 === 0 ? { variables: { after: lastEventId ?? this.#begin } } : { lastEventId };
      const begin = lastEventId === null ? { variables: { after: this.#begin } } : options;
      const client = new EventSourceClient(`${url}/graphql`, this.#query, begin);
      // Even on a slow machine, some connections live long enough to receive something.
      if (n % 3 === 0)
        await Promise.race([until('an event', () => client.notices.length > 0).catch(() => {}), delay(3_000)]);
      await delay(Math.random() ** 2 * 600);
      await client.close();
      this.notices.push(...client.notices);
      lastEventId = client.notices.at(-1)?.id ?? client.lastEventId ?? lastEventId;
    }
  }
}

interface StageParts {
  readonly node: RegtestNode;
  readonly traffic: Traffic;
  readonly home: Home;
  readonly store: ChainStore;
  readonly sandbox: Sandbox;
  readonly gateways: readonly GatewayProcess[];
}

class Stage {
  readonly node: RegtestNode;
  readonly traffic: Traffic;
  readonly store: ChainStore;
  readonly gateways: readonly GatewayProcess[];
  readonly #home: Home;
  readonly #sandbox: Sandbox;
  readonly #indexers: SandboxProcess[] = [];
  #begun = 0;

  private constructor({ node, traffic, home, store, sandbox, gateways }: StageParts) {
    this.node = node;
    this.traffic = traffic;
    this.store = store;
    this.#home = home;
    this.#sandbox = sandbox;
    this.gateways = gateways;
  }

  static async open(bitcoind: string, home: Home): Promise<Stage> {
    const zmq = `tcp://127.0.0.1:${await freePort()}`;
    const args = ['rawtx', 'hashblock', 'sequence'].map((topic) => `-zmqpub${topic}=${zmq}`);
    const node = await startRegtest({ bitcoind, args });
    const traffic = await Traffic.begin(node, await mineCoins(node, 4 + TAKEOVERS), 20);
    const sandbox = new Sandbox('subscriptions');
    const store = await home.open();
    const indexer = startIndexer(sandbox, 'indexer', { node, home });
    await untilCaughtUp(store, node);
    const gateways = [await GatewayProcess.start(sandbox, home), await GatewayProcess.start(sandbox, home)];
    const stage = new Stage({ node, traffic, home, store, sandbox, gateways });
    stage.#indexers.push(indexer, stage.#startIndexer());
    return stage;
  }

  /** Kills the active indexer. Its standby takes over, and gets a standby itself. */
  async takeOver(): Promise<void> {
    const [atWork] = this.#indexers.splice(0, 1);
    atWork!.kill('SIGKILL');
    await atWork!.ended;
    this.#indexers.push(this.#startIndexer());
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.#sandbox.close();
    await this.#home[Symbol.asyncDispose]();
    await this.node.close();
  }

  #startIndexer(): SandboxProcess {
    return startIndexer(this.#sandbox, `standby ${this.#begun++}`, { node: this.node, home: this.#home });
  }
}

/** Replaces a payment that subscribers have received. Others may have been replaced before the indexer saw them. */
async function replaceSeen({ traffic }: Stage, notices: readonly Notice[]): Promise<void> {
  const paid = await traffic.pay(1);
  const isTold = () => notices.some(({ data }) => data?.told.transaction.txid === paid);
  await until('a payment to be told', isTold, PATIENCE);
  await traffic.replace((await traffic.pending()).findIndex(({ txid }) => txid === paid));
}

/** A transaction in a block that every filter here matches: a subscriber that has received it has received everything. */
async function sayGoodbye({ traffic, node }: Stage): Promise<string> {
  const outputs = [
    { value: 0, script: opReturn('traffic', 'goodbye').script },
    { value: 5_000, script: PAYEES[0]!.script },
  ];
  const last = payment([traffic.coin()], { outputs, fee: 1_000_000 });
  await node.rpc('sendrawtransaction', last.hex, 0);
  await node.mine(1);
  return node.rpc<string>('getbestblockhash');
}

/** An event without the freshness of the index. */
function told({ id, data, errors }: Notice): Notice {
  return { id, data, errors };
}

function hasSeen(notices: readonly Notice[], hash: string): boolean {
  return notices.some(({ data }) => data?.told.block?.hash === hash);
}

/** The pending and the mined transactions according to the events of a subscriber. */
function believed(notices: readonly Notice[]): { pending: Set<string>; confirmed: Map<string, string> } {
  const [pending, confirmed] = [new Set<string>(), new Map<string, string>()];
  for (const { data } of notices) {
    const { kind, block, transaction } = data.told;
    pending.delete(transaction.txid);
    if (kind === 'ACCEPTED') pending.add(transaction.txid);
    if (kind === 'CONFIRMED') confirmed.set(transaction.txid, block.hash);
    if (kind === 'REORGANISED' && confirmed.get(transaction.txid) === block.hash) confirmed.delete(transaction.txid);
  }
  return { pending, confirmed };
}

function describeSubscribers(title: string, bitcoind: string, newHome: () => Home): void {
  describe(title, () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await Stage.open(bitcoind, newHome());
    });
    afterAll(() => stage.close());

    it(
      'that are disconnected at random and continue elsewhere receive the same events as others, and these are correct',
      async () => {
        const { traffic, node, gateways } = stage;
        const { chain } = await ask<{ chain: { cursor: string; tip: { height: number } } }>(
          gateways[0]!.url,
          '{ chain { cursor tip { height } } }',
        );
        const begin = chain.cursor;
        const queries = Object.entries(SUBSCRIPTIONS);
        const steady = queries.map(([, query]) => {
          return new EventSourceClient(`${gateways[0]!.url}/graphql`, query, { variables: { after: begin } });
        });
        const hoppers = queries.map(([, query]) => [1, 2].map(() => new Hopper(query, begin, gateways)));
        for (let n = 0; n < ROUNDS * (TAKEOVERS + 1); n++) {
          await traffic.pay(n);
          if (n % 3 === 0) await traffic.spendPending(n);
          if (n % 5 === 0) await traffic.replace(n);
          if (n % 6 === 0) await traffic.mine(1);
          if (n % 17 === 0) await traffic.mineConflict(n);
          if (n % 9 === 8) await traffic.reorganise(1 + (n % 4), 1 + (n % 6));
          if (n % ROUNDS === ROUNDS - 1 && n < ROUNDS * TAKEOVERS) await stage.takeOver();
          if (n % ROUNDS === ROUNDS / 2) await gateways[1]!.replace();
          await delay(Math.random() * 60);
        }
        await untilCaughtUp(stage.store, node, 120_000);
        await replaceSeen(stage, steady[0]!.notices);
        const last = await sayGoodbye(stage);
        for (const [i, [name]] of queries.entries()) {
          const { notices } = steady[i]!;
          await until(`all to be told: ${name}`, () => hasSeen(notices, last), PATIENCE);
          for (const hopper of hoppers[i]!) {
            await until(`one who hops to be told: ${name}`, () => hasSeen(hopper.notices, last), PATIENCE);
            await hopper.close();
            expect(hopper.notices.map(told), name).toEqual(notices.map(told));
          }
          expect(new Set(notices.map(({ id }) => id)).size).toBe(notices.length);
        }
        const all = steady[0]!.notices;
        expect(all.length).toBeGreaterThan(200);
        expect(new Set(all.map(({ data }) => data.told.kind))).toEqual(
          new Set(['ACCEPTED', 'CONFIRMED', 'REORGANISED', 'REMOVED']),
        );
        const { pending, confirmed } = believed(all);
        expect([...pending].sort()).toEqual((await node.rpc<string[]>('getrawmempool')).sort());
        const tip = await node.rpc<number>('getblockcount');
        for (let height = tip; height > chain.tip.height; height--) {
          const { hash, tx } = await node.rpc<{ hash: string; tx: string[] }>(
            'getblock',
            await node.rpc('getblockhash', height),
          );
          for (const txid of tx) expect(confirmed.get(txid)).toBe(hash);
        }
        for (const client of steady) await client.close();
      },
      300_000 + TAKEOVERS * 30_000,
    );
  });
}

describeWith('bitcoind')('subscribers of two gateways on SQLite', ({ bitcoind }) => {
  describeSubscribers('beside an indexer', bitcoind, sqliteHome);
});

describeWith('bitcoind', 'mongodb')('subscribers of two gateways on MongoDB', ({ bitcoind, mongodbUri }) => {
  describeSubscribers('beside an indexer', bitcoind, () => mongoHome(mongodbUri));
});
