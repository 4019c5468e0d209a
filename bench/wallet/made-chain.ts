import { hash256 } from '../../src/chain/hash.ts';
import {
  encodeBlock,
  encodeCoinbase,
  encodeTransaction,
  type MadeInput,
  type MadeOutput,
} from '../../test/support/synthetic-chain.ts';
import { Random } from '../chain/random.ts';

const TRANSACTIONS_OF_BLOCK = 200;
const STRANGERS = 30_000;
/** What the first block creates. */
const COINS = 5_000;
const FEE = 10;
/** Of the payments. */
const OWN_SHARE = 0.03;

interface Coin extends MadeInput {
  readonly value: number;
}

interface Made {
  readonly bytes: Uint8Array;
  readonly txid: Uint8Array;
  readonly outputs: readonly MadeOutput[];
}

/** A chain made up of payments to a wallet and to strangers. */
export interface MadeWalletChain {
  readonly blocks: readonly Uint8Array[];
  /** Display order. */
  readonly txids: readonly Uint8Array[];
}

/** @param own the locking scripts of the wallet: each is paid, and most of what was paid is spent */
export function makeWalletChain(transactions: number, own: readonly Uint8Array[]): MadeWalletChain {
  const random = new Random('wallet');
  const blocks: Uint8Array[] = [];
  const txids: Uint8Array[] = [];
  const coins: Coin[] = [];
  let next = 0;
  const payee = () => {
    if (next < own.length && random.chance(2 * OWN_SHARE)) return own[next++]!;
    return random.chance(OWN_SHARE) ? own[random.below(own.length)]! : strangerScript(random.below(STRANGERS));
  };
  const spend = () => {
    const at = random.below(coins.length);
    const { value, ...input } = coins[at]!;
    coins[at] = coins.at(-1)!;
    coins.pop();
    const payments = [0, 1].map(() => ({ value: Math.floor(value / 2) - FEE, script: payee() }));
    return made([input], payments, txids.length);
  };
  const mine = (transactions: readonly Made[]) => {
    const previous = blocks.at(-1)?.subarray(0, 80);
    const before = previous === undefined ? new Uint8Array(32) : hash256(previous);
    blocks.push(
      encodeBlock(
        before,
        1_600_000_000 + 600 * blocks.length,
        transactions.map(({ bytes }) => bytes),
      ),
    );
    for (const { txid, outputs } of transactions) {
      txids.push(txid);
      coins.push(...outputs.map(({ value }, index) => ({ txid, index, value })).filter(({ value }) => value > 4 * FEE));
    }
  };
  mine([
    coinbase(
      0,
      Array.from({ length: COINS }, () => ({ value: 1_000_000, script: strangerScript(0) })),
    ),
  ]);
  while (txids.length < transactions) {
    const first = coinbase(blocks.length, [{ value: 1_000, script: strangerScript(1) }]);
    mine([first, ...Array.from({ length: TRANSACTIONS_OF_BLOCK - 1 }, spend)]);
  }
  return { blocks, txids };
}

function coinbase(height: number, outputs: readonly MadeOutput[]): Made {
  const bytes = encodeCoinbase(height, outputs);
  return { bytes, txid: hash256(bytes), outputs };
}

function made(inputs: readonly MadeInput[], outputs: readonly MadeOutput[], lockTime: number): Made {
  const bytes = encodeTransaction(inputs, outputs, lockTime);
  return { bytes, txid: hash256(bytes), outputs };
}

function strangerScript(number: number): Uint8Array {
  const digest = hash256(new TextEncoder().encode(`stranger ${number}`));
  return Uint8Array.of(0, 20, ...digest.subarray(0, 20));
}
