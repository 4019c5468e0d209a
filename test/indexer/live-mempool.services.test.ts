import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { changeOf, payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import type { Coin } from '../../dev/transaction-builder.ts';
import { until } from '../../dev/until.ts';
import type { Hint, Hints } from '../../indexer/node/hints/hint.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { toHex } from '../../src/chain/bytes.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { HeardHints } from '../support/heard-hints.ts';
import { followNode, untilCaughtUp } from '../support/live-index.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { UnreliableZmq } from '../support/unreliable-zmq.ts';

const TOPICS = ['hashblock', 'rawtx', 'sequence'];
const NEVER = new AbortController().signal;

describeWith('bitcoind')('a message of a live node over ZMQ', ({ bitcoind }) => {
  let node: RegtestNode;
  let zmq: string;
  let coins: Coin[];
  let hints: Hints;
  let heard: HeardHints;

  const coin = () => coins.pop()!;
  const send = (hex: string) => node.rpc<string>('sendrawtransaction', hex);

  beforeAll(async () => {
    zmq = `tcp://127.0.0.1:${await freePort()}`;
    node = await startRegtest({ bitcoind, args: TOPICS.map((topic) => `-zmqpub${topic}=${zmq}`) });
    coins = await mineCoins(node, 20);
    hints = (await new LiveNode(parseNodeAddress(node.urlWithPassword)).openHints())!;
    heard = new HeardHints(hints);
    await listening();
  });

  afterAll(async () => {
    hints.close();
    await node.close();
  });

  /** Until a transaction arrives by the last topic too: messages before a subscription has arrived are lost. */
  async function listening(): Promise<void> {
    let change = coin();
    await until('all topics', async () => {
      const built = payment([change]);
      change = changeOf(built);
      await send(built.hex);
      for (;;) {
        const came = await hints.next(200, NEVER);
        if (came.some(isBare(built.txid))) return true;
        if (came.length === 0) return false;
      }
    });
    await node.mine(1);
    await quiet();
  }

  /** Reads everything that is on its way: a transaction is the last of it. */
  async function quiet(): Promise<void> {
    const built = payment([coin()]);
    await send(built.hex);
    await heard.until('its own transaction', isBare(built.txid));
    heard.forget();
  }

  it('has each transaction that enters the mempool, whole and by its txid', async () => {
    const { txid, hex } = payment([coin()]);
    await send(hex);
    await heard.until('its sequence message', isBare(txid));
    const told = heard.all.filter((hint) => hint.kind === 'transaction' && hint.txid === txid);
    expect(told.map((hint) => hint.kind === 'transaction' && hint.raw && toHex(hint.raw))).toEqual([hex, null]);
    expect(heard.all).toHaveLength(2);
  });

  it('has each replaced transaction, and its replacement', async () => {
    const spent = coin();
    const first = payment([spent]);
    const child = payment([changeOf(first)]);
    const second = payment([spent], { fee: 100_000 });
    for (const { hex } of [first, child]) await send(hex);
    await heard.until('the child', isBare(child.txid));
    heard.forget();
    await send(second.hex);
    await heard.until('the other one', isBare(second.txid));
    const removed = heard.all.filter(({ kind }) => kind === 'removed');
    const expected = [first, child].map(({ txid }) => ({ kind: 'removed', txid, reason: null, by: null }));
    expect(removed).toHaveLength(2);
    expect(removed).toEqual(expect.arrayContaining(expected));
    expect(heard.all.map(({ kind }) => kind)).not.toContain('lost');
  });

  it('is a tip for each block that is connected or disconnected; the transactions of the block are published again', async () => {
    const { txid, hex } = payment([coin()]);
    await send(hex);
    await heard.until('it', isBare(txid));
    heard.forget();
    const [hash] = await node.mine(1);
    await heard.untilKind('tip');
    await heard.untilTransaction(txid);
    await quiet();
    await node.rpc('invalidateblock', hash);
    await heard.untilKind('tip');
    await heard.untilTransaction(txid);
    await node.rpc('reconsiderblock', hash);
    await quiet();
  });

  it('is lost with a restart, and received again after it', async () => {
    heard.forget();
    await node.restart();
    await heard.untilKind('lost');
    heard.forget();
    await listening();
    const { txid, hex } = payment([coin()]);
    await send(hex);
    await heard.untilTransaction(txid);
  });

  it('is lost if the network drops it, and may arrive twice or late', async () => {
    await using relay = await UnreliableZmq.before(zmq, 7, { drop: 30, repeat: 20, swap: 20 });
    const live = new LiveNode(parseNodeAddress(node.urlWithPassword), [relay.address]);
    const far = (await live.openHints())!;
    const through = new HeardHints(far);
    await relay.heard(...TOPICS);
    await through.untilKind('lost');
    through.forget();
    let change = coin();
    await until('some to be dropped', async () => {
      const built = payment([change]);
      change = changeOf(built);
      await send(built.hex);
      return relay.counts.dropped >= 3;
    });
    await relay.calm();
    const last = payment([coin()]);
    await send(last.hex);
    await through.until('the last one', isBare(last.txid));
    await through.untilKind('lost');
    far.close();
  });
});

describeWith('bitcoind')('an indexer that polls no more than once an hour', ({ bitcoind }) => {
  it.each([['rawblock,rawtx'], ['rawblock'], ['sequence']])(
    'is woken by a node that publishes only %s',
    async (topics) => {
      const zmq = `tcp://127.0.0.1:${await freePort()}`;
      await using node = await startRegtest({
        bitcoind,
        args: topics.split(',').map((topic) => `-zmqpub${topic}=${zmq}`),
      });
      await node.mine(1);
      const store = await temporaryStore();
      const stop = new AbortController();
      const following = followNode(node, { store, pollMs: 3_600_000, signal: stop.signal });
      try {
        await untilCaughtUp(store, node);
        // Messages before the subscription has arrived wake nobody.
        await until('the first block to be heard', async () => {
          await node.mine(1);
          return untilCaughtUp(store, node, 1_000).then(
            () => true,
            () => false,
          );
        });
        for (let blocks = 0; blocks < 3; blocks++) {
          await node.mine(1);
          await untilCaughtUp(store, node);
        }
      } finally {
        stop.abort();
        await following;
        await store.close();
      }
    },
  );
});

function isBare(txid: string): (hint: Hint) => boolean {
  return (hint) => hint.kind === 'transaction' && hint.txid === txid && hint.raw === null;
}
