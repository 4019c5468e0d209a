import pLimit from 'p-limit';
import { BitqlError } from '../src/errors.ts';
import { type Mined, mine, type Reorganised, reorganise } from './actions/blocks.ts';
import { type DoubleSpent, doubleSpend, type Replaced, replace } from './actions/conflict.ts';
import { type Evicted, evict } from './actions/evict.ts';
import { type DataSent, type Payment, type Sent, send, sendData, stock } from './actions/payments.ts';
import { Sequences, type Tools } from './actions/tools.ts';
import { CoreCalls } from './core-calls.ts';
import { MinerWallet } from './miner-wallet.ts';

/**
 * The actions on the chain of a regtest node (Bitcoin Core, or a derived node). It acts by RPC alone and remembers nothing,
 * so any number of processes may act on one chain; in one process, actions run one after another. Without a txid, an action
 * that takes one acts on the latest pending payment that was made here, or makes one first.
 */
export class DevChain {
  readonly #tools: Tools;
  readonly #turn = pLimit(1);

  /**
   * @param nodeUrl of its RPC, with user and password
   * @param seen waits until the index has all that the node has, before a pending transaction is removed [there is no index]
   * @param signal ends the current action
   */
  constructor(nodeUrl: string, seen: () => Promise<void> = async () => {}, signal?: AbortSignal) {
    const calls = new CoreCalls(nodeUrl, { signal });
    this.#tools = { calls, wallet: new MinerWallet(calls), sequences: new Sequences(), seen };
  }

  /** Begins a new chain: mines until coins are mature, and makes a stock of small ones. */
  begin(): Promise<void> {
    return this.#turn(() => stock(this.#tools));
  }

  /** Mines blocks with the transactions of the mempool [1]. @throws BitqlError BAD_SETTING */
  mine(count = 1): Promise<Mined> {
    return this.#turn(() => mine(this.#tools, requireWholeNumber('The number of blocks', count)));
  }

  /**
   * Replaces the last blocks by a longer branch, as the network does.
   * @param depth how many blocks are replaced [1]
   * @param transactions raw transactions in hex for the first block of the branch; its other blocks are empty
   * @throws BitqlError BAD_SETTING if there are not so many blocks, NODE_REFUSED if a transaction is not valid
   */
  reorg(depth = 1, transactions: readonly string[] = []): Promise<Reorganised> {
    const blocks = 'The number of blocks to replace';
    return this.#turn(() => reorganise(this.#tools, requireWholeNumber(blocks, depth), transactions));
  }

  /** Pays to an address. @throws BitqlError BAD_SETTING */
  send(payment: Payment = {}): Promise<Sent> {
    return this.#turn(() => {
      if (payment.value !== undefined) requireWholeNumber('The value', payment.value);
      return send(this.#tools, payment);
    });
  }

  /**
   * Sends data in an OP_RETURN output, each item in one push, texts as UTF-8. Data that the node does not relay is mined.
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
   * Fills the mempool until it drops a pending transaction. The transactions that fill it stay there until they are mined,
   * and others must pay more than they do meanwhile.
   */
  evict(txid?: string): Promise<Evicted> {
    return this.#turn(() => evict(this.#tools, txid));
  }
}

/** @throws BitqlError BAD_SETTING unless it is a whole number of at least 1 */
function requireWholeNumber(what: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 1) return value;
  throw new BitqlError('BAD_SETTING', `${what} must be a whole number of at least 1.`);
}
