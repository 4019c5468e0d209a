import { lockingScriptOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { BitqlError } from '../../src/errors.ts';
import { rpcRefusal } from '../../src/rpc/codes.ts';
import { MAX_DATA_BYTES, MAX_PUSHES, opReturn } from '../data-output.ts';
import { keyPairOf, MINER, witnessKeyHash } from '../lock.ts';
import type { Withdrawal } from '../miner-wallet.ts';
import { type PricedTransaction, payingRate, paymentAtRate } from '../payment.ts';
import type { NewOutput } from '../transaction-builder.ts';
import type { Tools } from './tools.ts';

export interface Payment {
  /** An address of regtest [one that is always the same]. */
  readonly to?: string | undefined;
  /** In satoshis [1,000,000]. */
  readonly value?: number | undefined;
}

/** A payment that is pending now. */
export interface Sent {
  readonly txid: string;
  readonly to: string;
  /** In satoshis. */
  readonly value: number;
  /** In satoshis. */
  readonly fee: number;
  /** Hashes of empty blocks that had to be mined first, for a coin to spend. */
  readonly minedFirst: readonly string[];
}

const USUAL_VALUE = 1_000_000;
const PAYEE = witnessKeyHash(keyPairOf('payee')).address!;

/** Pays to an address. */
export async function send(tools: Tools, { to = PAYEE, value = USUAL_VALUE }: Payment = {}): Promise<Sent> {
  const script = lockingScriptOf(to, networkById('btc-regtest'));
  const { transaction, minedFirst } = await pay(tools, [{ value, script }]);
  await tools.calls.send(transaction.hex);
  return { txid: transaction.txid, to, value, fee: transaction.fee, minedFirst };
}

/** Data that was sent to the chain. */
export interface DataSent {
  readonly txid: string;
  /** Length of the data, in bytes. */
  readonly bytes: number;
  /** Number of pushes that hold the data. */
  readonly pushes: number;
  /** In satoshis. */
  readonly fee: number;
  /** The block into which it was mined at once because the node does not relay it; null if it is pending. */
  readonly block: string | null;
  /** Why the node does not relay it, in its words; null if it does. */
  readonly refusal: string | null;
  /** Hashes of empty blocks that had to be mined first, for a coin to spend. */
  readonly minedFirst: readonly string[];
}

/** The reasons that Core and Knots give for transactions whose data they do not relay, although a block may hold it. */
const RELAY_LIMIT =
  /datacarrier|scriptpubkey|script-?toolarge|^tx-size$|multi-op-return|tokens|parasite|exceeds (ancestor|descendant) size|too-large-cluster/i;

/**
 * Sends data in an OP_RETURN output, each item in one push, texts as UTF-8. Data above the node's relay limit is mined.
 * @throws BitqlError BAD_SETTING for more data than a transaction can have
 */
export async function sendData(tools: Tools, items: readonly (string | Uint8Array)[]): Promise<DataSent> {
  const bytes = items.reduce((sum, item) => sum + Buffer.byteLength(item), 0);
  requireRoom(bytes, items.length);
  const { transaction, minedFirst } = await pay(tools, [{ value: 0, script: opReturn(...items) }]);
  const { txid, fee, hex } = transaction;
  const sent = { txid, bytes, pushes: items.length, fee, minedFirst };
  try {
    await tools.calls.send(hex);
    return { ...sent, block: null, refusal: null };
  } catch (error) {
    const refusal = rpcRefusal(error)?.reason;
    if (refusal === undefined || !RELAY_LIMIT.test(refusal)) throw error;
    return { ...sent, block: await tools.calls.mineBlock([hex]), refusal };
  }
}

function requireRoom(bytes: number, pushes: number): void {
  const most = (count: number, what: string, max: number) =>
    new BitqlError('BAD_SETTING', `${count} ${what} are too many: one transaction takes ${max}. Send them in parts.`);
  if (bytes > MAX_DATA_BYTES) throw most(bytes, 'bytes of data', MAX_DATA_BYTES);
  if (pushes > MAX_PUSHES) throw most(pushes, 'pushes', MAX_PUSHES);
}

/** Virtual bytes for inputs, change and the rest of a payment, with a margin. */
const ALLOWANCE = 2_000;

/** A signed payment from confirmed coins, with change, at the usual fee rate; not sent yet. */
async function pay(
  { calls, wallet, sequences }: Tools,
  outputs: readonly NewOutput[],
): Promise<Pick<Withdrawal, 'minedFirst'> & { readonly transaction: PricedTransaction }> {
  const rate = await payingRate(calls);
  const size = outputs.reduce((sum, { script }) => sum + script.length + 12, ALLOWANCE);
  const value = outputs.reduce((sum, output) => sum + output.value, 0);
  const { coins, minedFirst } = await wallet.withdraw(value + Math.ceil(size * rate));
  return { transaction: paymentAtRate(coins, rate, { outputs, sequence: sequences.next() }), minedFirst };
}

/** How many small coins there are, and the value of each, in satoshis: enough also for a payment that fills the mempool. */
const COINS = 100;
const VALUE = 20_000_000;
/** Blocks on top, so that a small reorganisation does not reach the small coins, and more coinbases can be spent. */
const DEPTH = 10;

/** Mines until a coin is mature, splits it into a stock of small ones, and mines blocks on top. */
export async function stock({ calls, wallet }: Tools): Promise<void> {
  const outputs = Array.from({ length: COINS }, () => ({ value: VALUE, script: MINER.script }));
  await calls.mine(101);
  const { coins } = await wallet.withdraw((COINS + 1) * VALUE);
  const { hex } = paymentAtRate(coins, await payingRate(calls), { outputs });
  await calls.send(hex);
  await calls.mine(DEPTH);
}
