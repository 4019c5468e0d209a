import { hashToHex, MalformedBytesError } from '../../src/chain/bytes.ts';
import type { Network } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { BitqlError } from '../../src/errors.ts';
import { AnswerFields, array, bytesFromHex, parseHash } from '../../src/rpc/answer-fields.ts';
import { nullIfRefused, RPC_CODES, unlessRefused } from '../../src/rpc/codes.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { hexAnswer } from './largest.ts';
import type { Mempool, MempoolTransaction } from './node.ts';

/** How often the mempool is requested if the best block changes meanwhile. */
const ATTEMPTS = 5;
/** Limits of one batch: entries; transactions, and bytes of them. */
const ENTRIES = 500;
const TRANSACTIONS = 100;
const BYTES = 8 * 1024 * 1024;
/** A txid in a list: 64 digits, two quotation marks, and a comma. */
const TXID_BYTES = 67;
const LIST_SLACK = 16 * 1024 * 1024;
const UNKNOWN_LIST = 256 * 1024 * 1024;
/** No transaction weighs more: SV's largest has 1 GB. */
const MAX_WEIGHT = 4_000_000_000;

/**
 * The whole mempool and its tip. Null if the tip changed at each attempt, and while a node that has just started loads
 * its mempool from disk: transactions that are not loaded yet have not left.
 */
export async function mempool(rpc: Rpc): Promise<Mempool | null> {
  const info = await mempoolInfo(rpc);
  if (info.raw('loaded') === false) return null;
  const maxAnswerBytes = longestList(info);
  let before = await bestBlock(rpc);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const answer = array(await rpc.callWith({ maxAnswerBytes }, 'getrawmempool'), 'getrawmempool');
    const tip = await bestBlock(rpc);
    if (tip === before) return { tip, txids: answer.map((txid) => parseHash(txid, 'getrawmempool')) };
    before = tip;
  }
  return null;
}

/**
 * Length of a list with as many txids as there were a moment ago, and a quarter of a million more; the node may not
 * report the number.
 */
function longestList(info: AnswerFields): number {
  return info.has('size') ? info.count('size') * TXID_BYTES + LIST_SLACK : UNKNOWN_LIST;
}

async function bestBlock(rpc: Rpc): Promise<string> {
  return parseHash(await rpc.call('getbestblockhash'), 'getbestblockhash');
}

/**
 * Transactions of the mempool, in the order of the txids; null for one that is not in the mempool.
 * @param network how the node serializes
 */
export async function mempoolTransactions(
  rpc: Rpc,
  txids: readonly string[],
  network: Network,
): Promise<(MempoolTransaction | null)[]> {
  const entries = await entriesOf(rpc, txids);
  const found = new Map<string, MempoolTransaction>();
  for (const batch of batches(entries)) {
    const answers = await rpc.calls(
      'getrawtransaction',
      batch.map(({ txid }) => [txid, 0]),
      { maxAnswerBytes: hexAnswer(Math.max(...batch.map(({ size }) => size))) },
    );
    for (const [i, answer] of answers.entries()) {
      // Null if it left between the two calls.
      const hex = unlessRefused(answer, RPC_CODES.INVALID_ADDRESS_OR_KEY);
      const { txid, time } = batch[i]!;
      if (hex !== null) found.set(txid, { txid, raw: rawOf(hex, txid, network), time });
    }
  }
  return txids.map((txid) => found.get(txid) ?? null);
}

interface SizedEntry {
  readonly txid: string;
  readonly time: number;
  /** Its size in bytes, or more. */
  readonly size: number;
}

/** The entries of the transactions that are in the mempool, each once. */
async function entriesOf(rpc: Rpc, txids: readonly string[]): Promise<SizedEntry[]> {
  const asked = [...new Set(txids)];
  const entries: SizedEntry[] = [];
  for (let start = 0; start < asked.length; start += ENTRIES) {
    const batch = asked.slice(start, start + ENTRIES);
    const answers = await rpc.calls(
      'getmempoolentry',
      batch.map((txid) => [txid]),
    );
    for (const [i, answer] of answers.entries()) {
      const entry = unlessRefused(answer, RPC_CODES.INVALID_ADDRESS_OR_KEY);
      if (entry !== null) entries.push(parseEntry(batch[i]!, AnswerFields.of(entry, 'getmempoolentry')));
    }
  }
  return entries;
}

/** BTC reports the weight, to which each byte adds 1 (witness) or 4; nodes without SegWit report the size. */
function parseEntry(txid: string, entry: AnswerFields): SizedEntry {
  const size = entry.count(entry.has('weight') ? 'weight' : 'size', MAX_WEIGHT, 'size');
  return { txid, time: entry.time('time'), size };
}

/** Groups of entries whose transactions fit into one answer. */
function* batches(entries: readonly SizedEntry[]): Generator<readonly SizedEntry[]> {
  let batch: SizedEntry[] = [];
  let bytes = 0;
  for (const entry of entries) {
    if (batch.length > 0 && (batch.length === TRANSACTIONS || bytes + entry.size > BYTES)) {
      yield batch;
      batch = [];
      bytes = 0;
    }
    batch.push(entry);
    bytes += entry.size;
  }
  if (batch.length > 0) yield batch;
}

function rawOf(hex: unknown, txid: string, network: Network): Uint8Array {
  const raw = bytesFromHex(hex, 'getrawtransaction');
  if (txidOf(raw, network) === txid) return raw;
  throw new BitqlError('NODE_REFUSED', `bitcoind returned a transaction other than ${txid} for getrawtransaction.`);
}

/** Whether the node has raised its minimum fee above its setting; null if it does not report them. */
export async function isMempoolFull(rpc: Rpc): Promise<boolean | null> {
  const info = await mempoolInfo(rpc);
  if (!info.has('mempoolminfee') || !info.has('minrelaytxfee')) return null;
  return info.amount('mempoolminfee') > info.amount('minrelaytxfee');
}

/** Empty if the node refuses the call. */
async function mempoolInfo(rpc: Rpc): Promise<AnswerFields> {
  const info = await rpc.callIfAvailable('getmempoolinfo').catch((error: unknown) => nullIfRefused(error));
  return AnswerFields.of(info ?? {}, 'getmempoolinfo');
}

/** The txid, in display-order hex, of a raw transaction; null for bytes that are not just one transaction. */
export function txidOf(raw: Uint8Array, network: Network): string | null {
  try {
    return hashToHex(transactionFromBytes(raw, network).txid);
  } catch (error) {
    if (error instanceof MalformedBytesError) return null;
    throw error;
  }
}
