import { DevChain } from '../../dev/dev-chain.ts';
import { keyPairOf, MINER } from '../../dev/lock.ts';
import { changeOf, payment } from '../../dev/payment.ts';
import type { RegtestNode } from '../../dev/regtest.ts';
import { type BuiltTransaction, type Coin, coinOf, type NewOutput } from '../../dev/transaction-builder.ts';
import { JsonRpcError } from '../../src/rpc/json-rpc.ts';
import { opReturn } from './data-scripts.ts';
import { keyHash, taprootKey } from './locks.ts';

/** A transaction that was in the mempool, and the coins that it spends. */
interface Sent extends BuiltTransaction {
  readonly coins: readonly Coin[];
  readonly fee: number;
}

/** How many coins one transaction makes. */
const COINS_AT_ONCE = 200;
const FEE = 10_000;

/** Changes a chain and the mempool of its node: payments, chains of payments, replacements, blocks, reorganisations. */
export class Traffic {
  readonly node: RegtestNode;
  readonly chain: DevChain;
  readonly #coins: Coin[];
  readonly #sent = new Map<string, Sent>();
  #miners = 0;

  private constructor(node: RegtestNode, coins: Coin[]) {
    this.node = node;
    this.chain = new DevChain(node.urlWithPassword);
    this.#coins = coins;
  }

  /** @param coinbases mature ones, which are split into many small coins, deep enough below the tip for any reorganisation */
  static async begin(node: RegtestNode, coinbases: readonly Coin[], depth = 10): Promise<Traffic> {
    const coins: Coin[] = [];
    for (const coinbase of coinbases) {
      const value = Math.floor(coinbase.value / (COINS_AT_ONCE + 1));
      const outputs = Array.from({ length: COINS_AT_ONCE }, () => ({ value, script: MINER.script }));
      const made = payment([coinbase], { outputs, fee: 100_000 });
      await node.rpc('sendrawtransaction', made.hex);
      coins.push(...outputs.map((_, index) => coinOf(made, index, MINER)));
    }
    await node.mine(depth);
    return new Traffic(node, coins);
  }

  /** A coin that no transaction spends yet. */
  coin(): Coin {
    const coin = this.#coins.pop();
    if (coin === undefined) throw new Error('this traffic began with too few coins');
    return coin;
  }

  /** The transactions of the mempool that were sent here. */
  async pending(): Promise<Sent[]> {
    const txids = await this.node.rpc<string[]>('getrawmempool');
    return txids.sort().flatMap((txid) => this.#sent.get(txid) ?? []);
  }

  /** Sends a payment. @returns the txid, or null if the mempool does not accept it */
  pay(seed: number): Promise<string | null> {
    return this.#send([this.coin()], seed, FEE);
  }

  /** Spends the change of one or two pending transactions. */
  async spendPending(seed: number): Promise<string | null> {
    const pending = await this.pending();
    if (pending.length === 0) return this.pay(seed);
    const parents = new Set([pending[seed % pending.length]!, pending[(seed * 7 + 3) % pending.length]!]);
    return this.#send([...parents].map(changeOf), seed, FEE);
  }

  /** Replaces a pending transaction, and with it all transactions that depend on it. */
  async replace(seed: number): Promise<string | null> {
    const pending = await this.pending();
    if (pending.length === 0) return this.pay(seed);
    const { coins, fee } = pending[seed % pending.length]!;
    return this.#send(coins, seed + 1, fee + 500_000);
  }

  /** Mines the transactions of the mempool. Each block differs from all earlier ones at its height. */
  mine(count: number): Promise<string[]> {
    return this.node.mine(count, this.#nextMiner());
  }

  /** Mines a block with another transaction that spends the coins of a pending one. @returns both txids */
  async mineConflict(seed: number): Promise<{ loser: string; winner: string } | null> {
    const pending = await this.pending();
    if (pending.length === 0) return null;
    const { txid, by } = await this.chain.doubleSpend(pending[seed % pending.length]!.txid);
    return { loser: txid, winner: by };
  }

  /** Replaces the last blocks by a longer branch that is sent to the node, as the network does. */
  async outrun(depth: number): Promise<void> {
    await this.chain.reorg(depth);
  }

  /** Invalidates blocks, and mines as many or fewer others in their place. */
  async reorganise(depth: number, blocks: number): Promise<void> {
    const height = await this.node.rpc<number>('getblockcount');
    await this.node.rpc('invalidateblock', await this.node.rpc('getblockhash', height - depth + 1));
    if (blocks > 0) await this.mine(blocks);
  }

  /** Makes invalidated blocks valid again. The node returns to them if they have more work. */
  async reconsider(): Promise<void> {
    const tips = await this.node.rpc<{ hash: string; status: string }[]>('getchaintips');
    for (const { hash, status } of tips) {
      if (status === 'invalid') await this.node.rpc('reconsiderblock', hash);
    }
  }

  async #send(coins: readonly Coin[], seed: number, fee: number): Promise<string | null> {
    const built = payment(coins, { fee: fee + (seed % 1_000), outputs: seed % 3 === 0 ? [] : [outputFor(seed)] });
    try {
      await this.node.rpc('sendrawtransaction', built.hex, 0);
    } catch (error) {
      if (error instanceof JsonRpcError) return null;
      throw error;
    }
    this.#sent.set(built.txid, { ...built, coins, fee });
    return built.txid;
  }

  #nextMiner(): string {
    return keyHash(keyPairOf(`miner ${this.#miners++}`)).address!;
  }
}

function outputFor(seed: number): NewOutput {
  const key = keyPairOf(`payee ${seed % 20}`);
  const kind = seed % 3;
  if (kind === 1) return { value: 1_000 + (seed % 100), script: keyHash(key).script };
  if (kind === 2) return { value: 1_000 + (seed % 100), script: taprootKey(key).script };
  return { value: 0, script: opReturn('traffic', String(seed % 50)).script };
}
