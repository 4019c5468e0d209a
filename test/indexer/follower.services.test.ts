import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { until } from '../../dev/until.ts';
import type { Hint, Hints } from '../../indexer/node/hints/hint.ts';
import { LiveNode } from '../../indexer/node/live-node.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { ChainWriter } from '../../src/store/writer.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { Replay } from '../support/event-replay.ts';
import { expectAsFresh, followNode, untilCaughtUp } from '../support/live-index.ts';
import { stateOf } from '../support/live-rows.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { Traffic } from '../support/traffic.ts';

/** A node that sends the hints of a test. */
class HintedNode extends LiveNode {
  #news: Hint[] = [];
  #wake: () => void = () => {};

  hint(...news: readonly Hint[]): void {
    this.#news.push(...news);
    this.#wake();
  }

  override async openHints(): Promise<Hints> {
    const next = async (timeoutMs: number, signal: AbortSignal): Promise<readonly Hint[]> => {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, timeoutMs);
      signal.addEventListener('abort', () => resolve());
      if (this.#news.length === 0 && !signal.aborted) await promise;
      clearTimeout(timer);
      return this.#news.splice(0);
    };
    return { next, close: () => this.#wake() };
  }
}

describeWith('bitcoind')('a follower of a live node', ({ bitcoind }) => {
  let node: RegtestNode;
  let traffic: Traffic;
  let store: ChainStore;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    traffic = await Traffic.begin(node, await mineCoins(node, 2));
  });
  afterAll(() => node.close());

  beforeEach(async () => {
    store = await temporaryStore();
    return () => store.close();
  });

  /** Follows by hints alone while something is done. */
  async function following(work: (live: HintedNode) => Promise<void>): Promise<void> {
    const live = new HintedNode(parseNodeAddress(node.urlWithPassword));
    const stop = new AbortController();
    const running = followNode(node, { store, node: live, live, pollMs: 60_000, signal: stop.signal });
    try {
      await untilCaughtUp(store, node);
      await work(live);
    } finally {
      stop.abort();
      await running;
    }
  }

  it('admits a transaction that is named together with a block that is indexed already', () =>
    following(async (live) => {
      await traffic.mine(1);
      live.hint({ kind: 'tip' });
      await untilCaughtUp(store, node);
      const txid = (await traffic.pay(1))!;
      live.hint({ kind: 'tip' }, { kind: 'transaction', txid, raw: null });
      await expectAsFresh(store, node);
    }));

  it('does not treat a transaction in an indexed block as pending while the node goes back', () =>
    following(async (live) => {
      const replay = (await Replay.begin(store))!;
      const txid = (await traffic.pay(1))!;
      const [hash] = await traffic.mine(1);
      live.hint({ kind: 'tip' });
      await untilCaughtUp(store, node);
      await node.rpc('invalidateblock', hash);
      live.hint({ kind: 'transaction', txid, raw: null });
      await untilCaughtUp(store, node);
      await replay.expectPresent();
      await expectAsFresh(store, node);
    }));

  it('goes back if the node considers its tip invalid, and had more blocks after it', async () => {
    await followNode(node, { store, once: true });
    const tip = await node.rpc<string>('getbestblockhash');
    await traffic.mine(3);
    await node.rpc('invalidateblock', tip);
    const stop = new AbortController();
    const running = followNode(node, { store, signal: stop.signal });
    await expectAsFresh(store, node);
    stop.abort();
    await running;
  });

  it('waits when another indexer has taken over, though nothing is left to write', async () => {
    const said: string[] = [];
    const log = { info() {}, warn: (message: string) => said.push(message) };
    const stop = new AbortController();
    const running = followNode(node, { store, log, leaseMs: 1_000, signal: stop.signal });
    await untilCaughtUp(store, node);
    const other = { network: 'btc-regtest', start: 0, holder: 'elsewhere:1', leaseMs: 60_000 } as const;
    await ChainWriter.acquire(store, { ...other, isGone: () => true });
    await until('the first to stand by', () => said.some((message) => message.includes('STORE_BUSY')));
    expect(said[0]).toContain('LEASE_LOST');
    stop.abort();
    await running;
  });

  it('waits for a node that is behind, and keeps all blocks', async () => {
    await traffic.pay(2);
    await followNode(node, { store, once: true });
    const before = (await stateOf(store))!;
    await using behind = await startRegtest({ bitcoind });
    const blocks = await Promise.all(
      [1, 2, 3].map(async (height) => node.rpc('getblock', await node.rpc('getblockhash', height), 0)),
    );
    for (const block of blocks) await behind.rpc('submitblock', block);
    const stop = new AbortController();
    const running = followNode(behind, { store, signal: stop.signal });
    await until('the index to see the node', async () => (await stateOf(store))?.node?.tip.height === 3);
    await behind.rpc('submitblock', await node.rpc('getblock', await node.rpc('getblockhash', 4), 0));
    await until('the index to see the node move', async () => (await stateOf(store))?.node?.tip.height === 4);
    const { tip, coverage, mempool } = (await stateOf(store))!;
    expect({ tip, coverage, mempool }).toEqual({ tip: before.tip, coverage: before.coverage, mempool: before.mempool });
    stop.abort();
    await running;
  });
});
