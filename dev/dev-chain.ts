import pLimit from 'p-limit';
import { type DataSent, sendData } from './actions/data.ts';
import { type DoubleSpent, doubleSpend } from './actions/double-spend.ts';
import { type Evicted, evict } from './actions/evict.ts';
import { type Mined, mine } from './actions/mine.ts';
import { type Reorganised, reorganise } from './actions/reorganise.ts';
import { type Replaced, replace } from './actions/replace.ts';
import { type Payment, type Sent, send } from './actions/send.ts';
import { CoreCalls } from './core-calls.ts';
import { MinerWallet } from './miner-wallet.ts';
import { Sequences } from './sequences.ts';
import { stock } from './stock.ts';
import type { Tools } from './tools.ts';

/**
 * What can be made happen on the chain of a regtest node (Bitcoin Core, or one that derives from it). It acts by RPC alone
 * and remembers nothing, so that any number of processes may act on one chain; in one process, one thing happens after
 * the other. Without a txid, what takes one takes the latest payment that was made here and is pending, or makes one.
 */
export class DevChain {
  readonly #tools: Tools;
  readonly #turn = pLimit(1);

  /**
   * @param nodeUrl of its RPC, with user and password
   * @param seen waits until whoever follows the node has all of it: before a pending transaction is made to go [nobody does]
   * @param signal ends whatever is happening
   */
  constructor(nodeUrl: string, seen: () => Promise<void> = async () => {}, signal?: AbortSignal) {
    const calls = new CoreCalls(nodeUrl, { signal });
    this.#tools = { calls, wallet: new MinerWallet(calls), sequences: new Sequences(), seen };
  }

  /** Begins a new chain: mines what makes coins mature, and a stock of small ones. */
  begin(): Promise<void> {
    return this.#turn(() => stock(this.#tools));
  }

  /** Mines blocks with what the mempool holds [1]. */
  mine(count = 1): Promise<Mined> {
    return this.#turn(() => mine(this.#tools, count));
  }

  /**
   * Replaces the last blocks by a longer branch, as the network does it.
   * @param depth how many blocks are replaced [1]
   * @param transactions raw ones, as hex, for the first block of the branch; its other blocks are empty
   * @throws BitqlError BAD_SETTING for more blocks than there are, NODE_REFUSED for transactions that are not valid
   */
  reorg(depth = 1, transactions: readonly string[] = []): Promise<Reorganised> {
    return this.#turn(() => reorganise(this.#tools, depth, transactions));
  }

  /** Pays to an address. */
  send(payment: Payment = {}): Promise<Sent> {
    return this.#turn(() => send(this.#tools, payment));
  }

  /**
   * Puts data into an OP_RETURN output, each item in one push, a text as UTF-8. What the node does not relay is mined.
   * @throws BitqlError BAD_SETTING for more than 990,000 bytes, or more than 1,000 items
   */
  data(...items: readonly (string | Uint8Array)[]): Promise<DataSent> {
    return this.#turn(() => sendData(this.#tools, items));
  }

  /** Mines another transaction that spends the coins of a pending one. */
  doubleSpend(txid?: string): Promise<DoubleSpent> {
    return this.#turn(() => doubleSpend(this.#tools, txid));
  }

  /** Replaces a pending transaction by one that pays more (BIP125). */
  replace(txid?: string): Promise<Replaced> {
    return this.#turn(() => replace(this.#tools, txid));
  }

  /**
   * Has a pending transaction dropped by a full mempool. What fills it stays there until it is mined, and others have to
   * pay more than that meanwhile.
   */
  evict(txid?: string): Promise<Evicted> {
    return this.#turn(() => evict(this.#tools, txid));
  }
}
