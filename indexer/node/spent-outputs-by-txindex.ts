import { LRUCache } from 'lru-cache';
import { readBlock } from '../../src/chain/block.ts';
import { hashToHex, MalformedBytesError, mapKey } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import type { Network } from '../../src/chain/networks.ts';
import { type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';
import { BitqlError } from '../../src/errors.ts';
import { bytesFromHex } from '../../src/rpc/answer-fields.ts';
import { nullIfRefused, RPC_CODES, rpcCode } from '../../src/rpc/codes.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { BlockCheck } from '../block-check.ts';
import { hexAnswer, largestOf } from './largest.ts';
import type { RawBlock } from './node.ts';
import { prime } from './spent-outputs-by-undo.ts';

/** Spent transactions in one batch of calls. */
const BATCH = 100;
/** The most transactions that wait for a batch to fill. */
const MOST_WAITING = 1_000;
/** Bytes of memory for outputs of the block itself and of requested transactions; and the overhead of each in bytes. */
const CACHE_BYTES = 64 * 1024 * 1024;
const OUTPUT_OVERHEAD = 100;

interface OutpointKey {
  /** The txid as a Map's key. */
  readonly txid: string;
  readonly index: number;
}

/**
 * What a block spends, by `getrawtransaction TXID 0` of each transaction that it spends. Works with any node that runs
 * with -txindex; null if the node does not know the first ones.
 * @param network how the node serializes
 */
export async function spentOutputsByTxindex(
  rpc: Rpc,
  block: RawBlock,
  network: Network,
): Promise<AsyncIterable<readonly SpentOutput[]> | null> {
  try {
    return await prime(new SpentTransactions(rpc, network).listsOf(block));
  } catch (error) {
    return nullIfRefused(error, RPC_CODES.INVALID_ADDRESS_OR_KEY);
  }
}

class SpentTransactions {
  readonly #rpc: Rpc;
  readonly #network: Network;
  /**
   * Outputs of recent transactions. Those of the block itself are not requested, because the node's index may lag
   * behind.
   */
  readonly #known = new LRUCache<string, readonly SpentOutput[]>({ maxSize: CACHE_BYTES, sizeCalculation: costOf });

  constructor(rpc: Rpc, network: Network) {
    this.#rpc = rpc;
    this.#network = network;
  }

  async *listsOf({ chunks, source }: RawBlock): AsyncGenerator<SpentOutput[]> {
    try {
      const { header, transactionCount, transactions } = await readBlock(chunks, this.#network);
      const check = new BlockCheck(header, transactionCount, this.#network);
      let waiting: OutpointKey[][] = [];
      const unknown = new Set<string>();
      for await (const transaction of transactions) {
        const outpoints = outpointsOf(transaction);
        check.add(transaction);
        for (const { txid } of outpoints) if (!this.#known.has(txid)) unknown.add(txid);
        waiting.push(outpoints);
        this.#known.set(mapKey(transaction.txid), outputsOf(transaction));
        if (unknown.size < BATCH && waiting.length < MOST_WAITING) continue;
        yield* await this.#resolve(waiting);
        waiting = [];
        unknown.clear();
      }
      // The last lists are only returned after the whole block was checked.
      const damage = check.damage();
      if (damage !== null) {
        const hash = hashToHex(header.hash);
        throw new BitqlError(
          'BLOCK_DAMAGED',
          `Block ${hash} from ${source.name} is damaged: ${damage}. ${source.cure}`,
        );
      }
      yield* await this.#resolve(waiting);
    } catch (error) {
      if (!(error instanceof MalformedBytesError)) throw error;
      throw new BitqlError('NODE_REFUSED', 'bitcoind returned a damaged block or transaction.', error);
    }
  }

  async #resolve(lists: readonly (readonly OutpointKey[])[]): Promise<SpentOutput[][]> {
    const found = new Map<string, readonly SpentOutput[]>();
    const missing = new Set<string>();
    for (const { txid } of lists.flat()) {
      const outputs = this.#known.get(txid);
      if (outputs === undefined) missing.add(txid);
      else found.set(txid, outputs);
    }
    const txids = [...missing];
    for (let i = 0; i < txids.length; i += BATCH) {
      for (const [txid, outputs] of await this.#ask(txids.slice(i, i + BATCH))) found.set(txid, outputs);
    }
    return lists.map((outpoints) => outpoints.map((outpoint) => outputAt(outpoint, found)));
  }

  async #ask(txids: readonly string[]): Promise<[string, readonly SpentOutput[]][]> {
    const calls = txids.map((txid) => [toDisplay(txid), 0]);
    const maxAnswerBytes = hexAnswer(largestOf(this.#network.currency).transaction);
    const answers = await this.#rpc.calls('getrawtransaction', calls, { maxAnswerBytes });
    return answers.map((answer, i) => {
      if (answer instanceof BitqlError) throw isIndexing(answer) ? stillIndexing(answer) : answer;
      const txid = txids[i]!;
      const transaction = transactionFromBytes(bytesFromHex(answer, 'getrawtransaction'), this.#network);
      if (mapKey(transaction.txid) !== txid)
        throw refused(`returned a transaction other than ${toDisplay(txid)} for getrawtransaction`);
      const outputs = outputsOf(transaction);
      this.#known.set(txid, outputs);
      return [txid, outputs];
    });
  }
}

function outpointsOf(transaction: Transaction): OutpointKey[] {
  if (transaction.isCoinbase) return [];
  return transaction.inputs.map(({ previousTxid, previousIndex }) => ({
    txid: mapKey(previousTxid),
    index: previousIndex,
  }));
}

function outputAt({ txid, index }: OutpointKey, found: ReadonlyMap<string, readonly SpentOutput[]>): SpentOutput {
  const output = found.get(txid)?.[index];
  if (output !== undefined) return output;
  throw refused(`returned transaction ${toDisplay(txid)} without its output ${index}, which is spent`);
}

/** The txid of a Map's key in display-order hex. */
function toDisplay(txid: string): string {
  return hashToHex(Buffer.from(txid, 'latin1'));
}

/** Copies, so that an output does not keep its transaction, and the bytes around it, in memory. */
function outputsOf({ outputs }: Transaction): SpentOutput[] {
  return outputs.map(({ value, script }) => ({ value, script: script.slice() }));
}

function costOf(outputs: readonly SpentOutput[]): number {
  return outputs.reduce((cost, { script }) => cost + OUTPUT_OVERHEAD + script.length, OUTPUT_OVERHEAD);
}

/** Core: "Blockchain transactions are still in the process of being indexed." */
function isIndexing(error: BitqlError): boolean {
  return rpcCode(error) === RPC_CODES.INVALID_ADDRESS_OR_KEY && /being indexed/.test(error.message);
}

function stillIndexing(error: BitqlError): BitqlError {
  return new BitqlError('NODE_LACKS_BLOCK', `bitcoind is still building its -txindex: ${error.message}`, error);
}

function refused(what: string): BitqlError {
  return new BitqlError('NODE_REFUSED', `bitcoind ${what}.`);
}
