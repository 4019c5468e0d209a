import { concatBytes } from '../../src/chain/bytes.ts';
import { sha256 } from '../../src/chain/hash.ts';
import { BitqlError } from '../../src/errors.ts';
import { rpcRefusal } from '../../src/rpc/codes.ts';
import type { CoreCalls } from '../core-calls.ts';
import { minimumRate } from '../fees.ts';
import { payment } from '../payment.ts';
import type { Tools } from '../tools.ts';
import { anyVictimOf } from '../victim.ts';

/** A pending transaction that the mempool dropped for lack of room. */
export interface Evicted {
  readonly txid: string;
  /** What depended on it, and is gone too. */
  readonly alsoGone: readonly string[];
  /** The txids of what filled the mempool: it stays there until it is mined. */
  readonly fillers: readonly string[];
  /** Whether it was sent just now, as nothing was pending. */
  readonly sentFirst: boolean;
  /** Hashes of empty blocks that had to be mined first, for coins to spend. */
  readonly minedFirst: readonly string[];
}

/** In satoshis: more than any fee. */
const POVERTY = 1e9;
/** In bytes: what can be filled in a reasonable time. */
const MOST_MEMORY = 50_000_000;
/** Outputs of a filler: a little less than the 101,000 virtual bytes that a chain of transactions may have. */
const OUTPUTS = 2_200;
const OUTPUT_VALUE = 1_000;
/** What a filler has in virtual bytes, its one or two inputs and its change included. */
const SIZE = OUTPUTS * 43 + 250;
/** Pay-to-witness-script-hash takes more of a mempool's memory for its bytes than what is shorter. Nobody has the script. */
const FILLING = {
  value: OUTPUT_VALUE,
  script: concatBytes(Uint8Array.of(0x00, 0x20), sha256(new TextEncoder().encode('BitQL filler'))),
};
const FINAL = 0xffff_ffff;
/** Above the minimum, so that fillers are taken; below what others pay, so that it is they who go next. */
const MARGIN = 1.02;

/** Makes a transaction the poorest of the mempool, and fills that until it is dropped. */
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
    // Else the mempool would not take it again.
    await calls.prioritise(txid, POVERTY);
  }
  return { txid, alsoGone, fillers, sentFirst, minedFirst: mined };
}

/** Sends a large transaction. Its txid is null where the mempool has dropped it at once. */
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
