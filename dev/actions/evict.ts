import { concatBytes } from '../../src/chain/bytes.ts';
import { sha256 } from '../../src/chain/hash.ts';
import { BitqlError } from '../../src/errors.ts';
import { rpcRefusal } from '../../src/rpc/codes.ts';
import type { CoreCalls } from '../core-calls.ts';
import { minimumRate, payment } from '../payment.ts';
import type { Tools } from './tools.ts';
import { anyVictimOf, type GoneTransaction } from './victim.ts';

/** A pending transaction that a full mempool dropped. */
export interface Evicted extends GoneTransaction {
  /** Txids of the transactions that filled the mempool. They stay there until they are mined. */
  readonly fillers: readonly string[];
}

/** In satoshis; more than any fee. */
const POVERTY = 1e9;
/** Size of the largest mempool, in bytes, that can be filled in a reasonable time. */
const MOST_MEMORY = 50_000_000;
/** Outputs of a filler. It stays a little below the 101,000 virtual bytes that a chain of transactions may have. */
const OUTPUTS = 2_200;
const OUTPUT_VALUE = 1_000;
/** Virtual bytes of a filler, including its one or two inputs and its change. */
const SIZE = OUTPUTS * 43 + 250;
/** A pay-to-witness-script-hash output takes more of a mempool's memory per byte than shorter outputs. Nobody has the script. */
const FILLING = {
  value: OUTPUT_VALUE,
  script: concatBytes(Uint8Array.of(0x00, 0x20), sha256(new TextEncoder().encode('BitQL filler'))),
};
const FINAL = 0xffff_ffff;
/** Fillers pay more than the minimum, so that the mempool accepts them, and less than other transactions, so that they are dropped first. */
const MARGIN = 1.02;

/** Gives a transaction the lowest priority in the mempool, and fills the mempool until it is dropped. */
export async function evict(tools: Tools, wanted?: string): Promise<Evicted> {
  const { calls } = tools;
  const { maxmempool } = await calls.mempoolInfo();
  if (maxmempool > MOST_MEMORY) {
    throw new BitqlError(
      'BAD_SETTING',
      `The node's mempool has room for ${Math.round(maxmempool / 1e6)} MB, which is too much to fill: start the node with -maxmempool=5.`,
    );
  }
  const { txid, sentFirst, minedFirst } = await anyVictimOf(tools, wanted);
  const alsoGone = await calls.descendants(txid);
  const fillers: string[] = [];
  const mined = [...minedFirst];
  await calls.prioritise(txid, -POVERTY);
  try {
    while ((await calls.mempoolEntry(txid)) !== null) {
      const filler = await fill(tools);
      if (filler.txid !== null) fillers.push(filler.txid);
      mined.push(...filler.minedFirst);
    }
  } finally {
    // Otherwise the mempool would not accept it again.
    await calls.prioritise(txid, POVERTY);
  }
  return { txid, alsoGone, fillers, sentFirst, minedFirst: mined };
}

/** Sends a large transaction. Its txid is null if the mempool dropped it at once. */
async function fill({ calls, wallet }: Tools): Promise<{ txid: string | null; minedFirst: readonly string[] }> {
  const outputs = Array.from({ length: OUTPUTS }, () => FILLING);
  const fee = Math.ceil(SIZE * MARGIN * minimumRate(await calls.mempoolInfo()));
  const { coins, minedFirst } = await wallet.withdraw(OUTPUTS * OUTPUT_VALUE + fee + OUTPUT_VALUE);
  const { hex } = payment(coins, { fee, outputs, sequence: FINAL });
  return { txid: await sendUnlessFull(calls, hex), minedFirst };
}

async function sendUnlessFull(calls: CoreCalls, hex: string): Promise<string | null> {
  try {
    return await calls.send(hex);
  } catch (error) {
    if (/mempool full/i.test(rpcRefusal(error)?.reason ?? '')) return null;
    throw error;
  }
}
