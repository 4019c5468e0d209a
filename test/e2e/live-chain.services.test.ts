import { setTimeout as delay } from 'node:timers/promises';
import { Script } from '@scure/btc-signer';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { changeOf, payment } from '../../dev/payment.ts';
import { type RegtestNode, type RegtestOptions, startRegtest } from '../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { type BuiltTransaction, coinOf, type NewOutput } from '../../dev/transaction-builder.ts';
import { until } from '../../dev/until.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { amount } from '../support/amount.ts';
import { mineCoins } from '../support/coins.ts';
import { Replay } from '../support/event-replay.ts';
import { type Fate, fateOf } from '../support/fates.ts';
import { type Home, mongoHome, sqliteHome, startIndexer } from '../support/indexer-process.ts';
import { expectAsFresh, untilCaughtUp } from '../support/live-index.ts';
import { type Condition, witnessScriptHash } from '../support/locks.ts';
import { Traffic } from '../support/traffic.ts';
import { EventTail } from './event-tail.ts';

/** How often the indexer is killed. */
const KILLS = amount({ usual: 6, long: 60 });
/** Deeper than any reorganisation here. */
const DEPTH = 130;

const MINED: Fate = { reason: 'mined', by: null };

interface StageParts {
  readonly node: RegtestNode;
  readonly traffic: Traffic;
  readonly home: Home;
  readonly store: ChainStore;
  readonly args: readonly string[];
}

/** A real node, its traffic, and an indexer that follows it in its own process. */
class Stage {
  readonly node: RegtestNode;
  readonly traffic: Traffic;
  readonly home: Home;
  readonly store: ChainStore;
  readonly #sandbox = new Sandbox('live-chain');
  readonly #args: readonly string[];
  indexer: SandboxProcess;
  #begun = 1;

  private constructor({ node, traffic, home, store, args }: StageParts) {
    this.node = node;
    this.traffic = traffic;
    this.home = home;
    this.store = store;
    this.#args = args;
    this.indexer = this.#start();
  }

  static async open(home: Home, options: RegtestOptions, args: readonly string[] = [], depth = 5): Promise<Stage> {
    const node = await startRegtest(options);
    const traffic = await Traffic.begin(node, await mineCoins(node, 5 + KILLS), depth);
    const stage = new Stage({ node, traffic, home, store: await home.open(), args });
    await stage.untilSettled();
    return stage;
  }

  untilSettled(): Promise<void> {
    return untilCaughtUp(this.store, this.node);
  }

  async send(transaction: BuiltTransaction): Promise<BuiltTransaction> {
    await this.node.rpc('sendrawtransaction', transaction.hex, 0);
    return transaction;
  }

  /** Does something. Then queries must see the same as in a new index, and the log must have the events that led to it. */
  async play(work: () => Promise<void>): Promise<void> {
    await this.untilSettled();
    const replay = (await Replay.begin(this.store))!;
    await work();
    await expectAsFresh(this.store, this.node);
    await replay.expectPresent();
  }

  async expectFates(fates: Readonly<Record<string, Fate | null>>): Promise<void> {
    for (const [txid, fate] of Object.entries(fates)) expect(await fateOf(this.store, txid)).toEqual(fate);
  }

  /** Kills the indexer, and starts another. */
  async kill(): Promise<void> {
    this.indexer.kill('SIGKILL');
    await this.indexer.ended;
    this.indexer = this.#start();
  }

  /** Follows another node instead. */
  async follow(node: RegtestNode): Promise<void> {
    this.indexer.kill('SIGTERM');
    expect(await this.indexer.ended, this.indexer.output()).toBe(0);
    this.indexer = this.#start(node);
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.#sandbox.close();
    await this.home[Symbol.asyncDispose]();
    await this.node.close();
  }

  #start(node = this.node): SandboxProcess {
    return startIndexer(this.#sandbox, `indexer ${this.#begun++}`, { node, home: this.home, args: this.#args });
  }
}

/** Sends one node the blocks of another that it lacks, as the network would. */
async function relay(from: RegtestNode, to: RegtestNode, fromHeight: number): Promise<void> {
  const height = await from.rpc<number>('getblockcount');
  for (let at = fromHeight; at <= height; at++) {
    await to.rpc('submitblock', await from.rpc('getblock', await from.rpc('getblockhash', at), 0));
  }
}

/** Anyone may spend it, with any bytes. */
function anyBytes(bytes: string): Condition {
  return { script: Script.encode(['DROP', 1]), satisfy: () => [Buffer.from(bytes)] };
}

function describeLive(title: string, bitcoind: string, hasZmq: boolean, newHome: () => Home): void {
  describe(title, () => {
    let stage: Stage;
    let nodeArgs: string[];
    let tail: EventTail;
    let first: Replay;

    beforeAll(async () => {
      const zmq = `tcp://127.0.0.1:${await freePort()}`;
      nodeArgs = hasZmq ? ['rawtx', 'hashblock', 'sequence'].map((topic) => `-zmqpub${topic}=${zmq}`) : [];
      stage = await Stage.open(newHome(), { bitcoind, args: nodeArgs }, [], DEPTH);
      first = await until('the log to begin', () => Replay.begin(stage.store));
      tail = new EventTail(stage.store, first.place);
    });
    afterAll(() => stage.close());

    const txidOf = async (sent: Promise<string | null>) => (await sent)!;

    it('a transaction is replaced, together with those that spend its outputs', () =>
      stage.play(async () => {
        const parent = await stage.send(payment([stage.traffic.coin()]));
        const child = await stage.send(payment([changeOf(parent)]));
        await stage.untilSettled();
        const { by } = await stage.traffic.chain.replace(parent.txid);
        await stage.untilSettled();
        await stage.expectFates({
          [parent.txid]: { reason: 'replaced', by },
          [child.txid]: { reason: 'replaced', by },
        });
      }));

    it('a block holds another transaction that spends the same outputs', () =>
      stage.play(async () => {
        const parent = await stage.send(payment([stage.traffic.coin()]));
        const child = await stage.send(payment([changeOf(parent)]));
        await stage.untilSettled();
        const { by } = await stage.traffic.chain.doubleSpend(parent.txid);
        await stage.untilSettled();
        await stage.expectFates({
          [parent.txid]: { reason: 'conflict', by },
          [child.txid]: { reason: 'conflict', by },
        });
      }));

    it('chains of unconfirmed transactions are mined, seen before or not, and with other witnesses', () =>
      stage.play(async () => {
        const { traffic, node } = stage;
        let last = await stage.send(payment([traffic.coin()]));
        const chain = [last];
        for (let n = 0; n < 20; n++) {
          last = await stage.send(payment([changeOf(last)]));
          chain.push(last);
        }
        const locks = ['one witness', 'another one'].map((bytes) => witnessScriptHash(anyBytes(bytes)));
        const output: NewOutput = { value: 50_000, script: locks[0]!.script };
        const free = payment([traffic.coin()], { outputs: [output] });
        const unseen = payment([traffic.coin()], { fee: 777 });
        await node.mineBlock([free.hex, unseen.hex]);
        const [seen, mined] = locks.map((lock) => payment([coinOf(free, 0, lock)]));
        await stage.send(seen!);
        await stage.untilSettled();
        expect(mined!.txid).toBe(seen!.txid);
        expect(mined!.hex).not.toBe(seen!.hex);
        await node.mineBlock([mined!.hex]);
        await traffic.mine(1);
        await stage.untilSettled();
        await stage.expectFates(Object.fromEntries([...chain, seen!].map(({ txid }) => [txid, MINED])));
        expect(await fateOf(stage.store, unseen.txid)).toBeNull();
      }));

    it.each([1, 6, 100])('the last %i blocks are replaced while transactions arrive', (depth) =>
      stage.play(async () => {
        const { traffic } = stage;
        const deep: string[] = [];
        for (let n = 0; n < depth; n++) {
          deep.push(await txidOf(traffic.pay(n)), await txidOf(traffic.spendPending(n)));
          await traffic.mine(1);
        }
        await stage.untilSettled();
        const others = Array.from({ length: 5 }, (_, n) => traffic.pay(n));
        await Promise.all([traffic.reorganise(depth, depth + 1), ...others]);
        await traffic.spendPending(1);
        await stage.untilSettled();
        // If blocks are invalidated, Core returns only the transactions of the last ten blocks to the mempool.
        if (depth > 10) await stage.expectFates({ [deep[0]!]: { reason: 'reorganised', by: null } });
      }),
    );

    it.each([1, 6, 100])('a longer branch replaces the last %i blocks while transactions arrive', (depth) =>
      stage.play(async () => {
        const { traffic } = stage;
        const held: string[] = [];
        for (let n = 0; n < depth; n++) {
          held.push(await txidOf(traffic.pay(n)), await txidOf(traffic.spendPending(n)));
          await traffic.mine(1);
        }
        await stage.untilSettled();
        const others = Array.from({ length: 5 }, (_, n) => traffic.pay(n));
        await Promise.all([traffic.outrun(depth), ...others]);
        await stage.untilSettled();
        expect(await stage.node.rpc<string[]>('getrawmempool')).toEqual(expect.arrayContaining(held));
        await stage.expectFates({ [held[0]!]: null, [held.at(-1)!]: null });
        await traffic.mine(1);
      }),
    );

    it('another node has a longer branch, which holds other transactions', async () => {
      await using other = await startRegtest({ bitcoind });
      await relay(stage.node, other, 1);
      await stage.play(async () => {
        const { traffic, node } = stage;
        const height = await node.rpc<number>('getblockcount');
        const coin = traffic.coin();
        const loser = await stage.send(payment([coin]));
        const heir = await stage.send(payment([changeOf(loser)]));
        const both = await stage.send(payment([traffic.coin()]));
        await stage.untilSettled();
        await traffic.mine(3);
        await stage.untilSettled();
        const { txid: by, hex } = payment([coin], { fee: 54_321 });
        await other.mineBlock([hex, both.hex]);
        await other.mine(3);
        await relay(other, node, height + 1);
        await stage.untilSettled();
        const fate: Fate = { reason: 'conflict', by };
        await stage.expectFates({ [loser.txid]: fate, [heir.txid]: fate, [both.txid]: MINED });
      });
    });

    it('the node is restarted, with its mempool and without, and is away for a while', () =>
      stage.play(async () => {
        const { traffic, node } = stage;
        const kept = await txidOf(traffic.pay(1));
        await stage.untilSettled();
        await node.restart();
        await stage.untilSettled();
        expect(await node.rpc<string[]>('getrawmempool')).toContain(kept);
        expect(await fateOf(stage.store, kept)).toBeNull();
        await node.stop();
        await until('the indexer to miss the node', () => stage.indexer.output().includes('NODE_UNREACHABLE'));
        await node.start();
        await until('the mempool to be read', async () => (await node.rpc<string[]>('getrawmempool')).includes(kept));
        await traffic.mine(1);
        const lost = await txidOf(traffic.pay(2));
        await stage.untilSettled();
        await node.restart({ args: [...nodeArgs, '-persistmempool=0'] });
        await stage.untilSettled();
        await stage.expectFates({ [kept]: MINED, [lost]: { reason: 'unknown', by: null } });
      }));

    it('the node is replaced by one on another branch, and comes back', async () => {
      await using other = await startRegtest({ bitcoind });
      await relay(stage.node, other, 1);
      await stage.play(async () => {
        await stage.traffic.pay(1);
        await stage.traffic.mine(2);
        await stage.untilSettled();
        await other.mine(3);
        await stage.follow(other);
        await expectAsFresh(stage.store, other);
        await stage.follow(stage.node);
      });
    });

    it(
      `the indexer is killed ${KILLS} times while all of this happens`,
      () =>
        stage.play(async () => {
          const { traffic } = stage;
          let isOver = false;
          const killing = (async () => {
            for (let n = 0; n < KILLS; n++) {
              await delay(500 + Math.random() * 1_500);
              await stage.kill();
            }
          })().finally(() => {
            isOver = true;
          });
          for (let n = 0; !isOver; n++) {
            await delay(30);
            await traffic.pay(n);
            if (n % 3 === 0) await traffic.spendPending(n);
            if (n % 5 === 0) await traffic.replace(n);
            if (n % 7 === 0) await traffic.mine(1);
            if (n % 23 === 0) await traffic.mineConflict(n);
            if (n % 29 === 0) await traffic.reorganise(1 + (n % 6), 1 + (n % 8));
          }
          await killing;
        }),
      60_000 + KILLS * 5_000,
    );

    it('the log reports all of this to every reader', async () => {
      await stage.untilSettled();
      const events = await first.expectPresent();
      expect(await tail.close()).toEqual(events);
      expect(events.length).toBeGreaterThan(500);
      expect(stage.indexer.result).toBeUndefined();
    });
  });
}

// Each store and each source of news is tested once, since they are independent.
describeWith('bitcoind')('SQLite with a live chain', ({ bitcoind }) => {
  describeLive('the node is asked and', bitcoind, false, sqliteHome);
});

describeWith('bitcoind', 'mongodb')('MongoDB with a live chain', ({ bitcoind, mongodbUri }) => {
  describeLive('the node publishes over ZMQ and', bitcoind, true, () => mongoHome(mongodbUri));
});
