import { payingRate, paymentAtRate } from './fees.ts';
import { MINER } from './miner.ts';
import type { Tools } from './tools.ts';

/** How many small coins, and how much each, in satoshis: enough for a payment that fills the mempool too. */
const COINS = 100;
const VALUE = 20_000_000;
/** Blocks on top, so that a reorganisation does not reach down to it at once, and coinbases to spend as well. */
const DEPTH = 10;

/** Mines what makes coins mature, splits one into a stock of small ones, and buries that. */
export async function stock({ calls, wallet }: Tools): Promise<void> {
  const outputs = Array.from({ length: COINS }, () => ({ value: VALUE, script: MINER.script }));
  await calls.mine(101);
  const { coins } = await wallet.withdraw((COINS + 1) * VALUE);
  const { hex } = paymentAtRate(coins, await payingRate(calls), { outputs });
  await calls.send(hex);
  await calls.mine(DEPTH);
}
