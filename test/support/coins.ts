import { MINER } from './locks.ts';
import { type RegtestNode, toSatoshis } from './regtest.ts';
import { type BuiltTransaction, buildTransaction, type Coin, coinOf, type NewOutput } from './transaction-builder.ts';

/** Blocks after which a coinbase can be spent. */
const MATURITY = 100;

/** Mines as many coins of the miner, and what makes them mature. */
export async function mineCoins(node: RegtestNode, count: number): Promise<Coin[]> {
  const hashes = await node.mine(count + MATURITY);
  return Promise.all(hashes.slice(0, count).map((hash) => coinbaseOf(node, hash)));
}

async function coinbaseOf(node: RegtestNode, hash: string): Promise<Coin> {
  const { tx } = await node.rpc<{ tx: { txid: string; vout: { value: number }[] }[] }>('getblock', hash, 2);
  const { txid, vout } = tx[0]!;
  return { txid, index: 0, value: toSatoshis(vout[0]!.value), lock: MINER };
}

export interface PaymentOptions {
  /** In satoshis [10,000]. */
  readonly fee?: number;
  /** Others before the last one, which pays the rest to the miner [none]. */
  readonly outputs?: readonly NewOutput[];
  /** Whether it asks to be replaceable (BIP125) [true]. */
  readonly replaceable?: boolean;
}

/** A transaction that spends some coins of the miner. */
export function payment(coins: readonly Coin[], options: PaymentOptions = {}): BuiltTransaction {
  const { fee = 10_000, outputs = [], replaceable = true } = options;
  const spent = coins.reduce((sum, { value }) => sum + value, 0);
  const paid = outputs.reduce((sum, { value }) => sum + value, fee);
  return buildTransaction({
    inputs: coins,
    outputs: [...outputs, { value: spent - paid, script: MINER.script }],
    sequence: replaceable ? 0xffff_fffd : 0xffff_ffff,
  });
}

/** What the payment leaves to the miner. */
export function changeOf(transaction: BuiltTransaction): Coin {
  return coinOf(transaction, transaction.outputs.length - 1, MINER);
}
