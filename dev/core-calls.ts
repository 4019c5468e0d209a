import { nullIfRefused, RPC_CODES, rpcCode, unrefused } from '../src/rpc/codes.ts';
import { parseNodeAddress } from '../src/rpc/credentials.ts';
import { Rpc, type RpcOptions } from '../src/rpc/rpc.ts';
import { pause } from '../src/waiting.ts';
import { MINER_ADDRESS } from './lock.ts';

/** A block header as `getblockheader` returns it. Times are Unix seconds. */
export interface HeaderAnswer {
  readonly hash: string;
  readonly height: number;
  /** The time of the next block must be later. */
  readonly mediantime: number;
}

/** The parts of `getblocktemplate` that do not depend on transactions. */
export interface BlockTemplate {
  readonly version: number;
  /** The target in compact form, as hex. */
  readonly bits: string;
  /** The node's own clock, in Unix seconds. */
  readonly curtime: number;
}

/** A transaction in the mempool. Fees are BTC. */
export interface MempoolEntry {
  readonly vsize: number;
  readonly fees: { readonly base: number; readonly descendant: number };
}

/** Fee rates are BTC for each 1,000 virtual bytes; `usage` and `maxmempool` are bytes of memory. */
export interface MempoolInfo {
  readonly size: number;
  readonly maxmempool: number;
  readonly mempoolminfee: number;
  readonly minrelaytxfee: number;
  readonly incrementalrelayfee?: number;
}

/** An unspent output, as `scantxoutset` finds it. The amount is BTC. */
export interface FoundOutput {
  readonly txid: string;
  readonly vout: number;
  readonly amount: number;
  readonly height: number;
  /** Missing in nodes before Core 25. */
  readonly coinbase?: boolean;
}

/** An output as `gettxout` returns it. The amount is BTC. */
export interface OutputAnswer {
  readonly value: number;
  readonly scriptPubKey: { readonly hex: string };
}

const SCAN_PAUSE_MS = 20;

/** The calls of a Bitcoin Core node that act on a regtest chain. They need no wallet. */
export class CoreCalls {
  readonly #rpc: Rpc;

  /**
   * @param url with user and password
   * @param options of all calls
   */
  constructor(url: string, options: RpcOptions = {}) {
    this.#rpc = new Rpc(parseNodeAddress(url), options);
  }

  height(): Promise<number> {
    return this.#call('getblockcount');
  }

  bestBlock(): Promise<string> {
    return this.#call('getbestblockhash');
  }

  blockHash(height: number): Promise<string> {
    return this.#call('getblockhash', height);
  }

  header(hash: string): Promise<HeaderAnswer> {
    return this.#call('getblockheader', hash);
  }

  /** The txids of a block, in its order. */
  async blockTxids(hash: string): Promise<readonly string[]> {
    const { tx } = await this.#call<{ tx: string[] }>('getblock', hash, 1);
    return tx;
  }

  template(): Promise<BlockTemplate> {
    return this.#call('getblocktemplate', { rules: ['segwit'] });
  }

  /** @returns null if the node accepts it, else the node's verdict; "inconclusive" while another branch is better */
  submitBlock(hex: string): Promise<string | null> {
    return this.#call('submitblock', hex);
  }

  /** Mines the transactions of the mempool. @returns the hashes of the blocks */
  mine(count: number): Promise<string[]> {
    return this.#call('generatetoaddress', count, MINER_ADDRESS);
  }

  /** Mines exactly these transactions: txids of the mempool, or raw transactions in hex, even if the mempool would refuse them. */
  async mineBlock(transactions: readonly string[]): Promise<string> {
    const { hash } = await this.#call<{ hash: string }>('generateblock', MINER_ADDRESS, transactions);
    return hash;
  }

  mempool(): Promise<string[]> {
    return this.#call('getrawmempool');
  }

  mempoolInfo(): Promise<MempoolInfo> {
    return this.#call('getmempoolinfo');
  }

  /** Null if it is not in the mempool. */
  mempoolEntry(txid: string): Promise<MempoolEntry | null> {
    const missing = (error: unknown) => nullIfRefused(error, RPC_CODES.INVALID_ADDRESS_OR_KEY);
    return this.#call<MempoolEntry>('getmempoolentry', txid).catch(missing);
  }

  /** The unconfirmed transactions that depend on one in the mempool. */
  descendants(txid: string): Promise<string[]> {
    return this.#call('getmempooldescendants', txid);
  }

  /** The unconfirmed transactions that one in the mempool depends on, each after those that it depends on. */
  async ancestors(txid: string): Promise<string[]> {
    const entries = await this.#call<Record<string, { ancestorcount: number }>>('getmempoolancestors', txid, true);
    const sorted = Object.entries(entries).sort(([, a], [, b]) => a.ancestorcount - b.ancestorcount);
    return sorted.map(([ancestor]) => ancestor);
  }

  /** Raw transactions of the mempool, in hex. Txids that are not there are left out. */
  async pendingTransactions(txids: readonly string[]): Promise<string[]> {
    const calls = txids.map((txid) => [txid]);
    const answers = await this.#rpc.calls('getrawtransaction', calls);
    return answers.filter((answer) => typeof answer === 'string');
  }

  /** Sends a transaction to the mempool, with any fee. @throws BitqlError NODE_REFUSED with the node's reason */
  send(hex: string): Promise<string> {
    return this.#call('sendrawtransaction', hex, 0);
  }

  /** Makes the mempool treat a transaction as if its fee were higher or lower. @param delta in satoshis; calls add up */
  async prioritise(txid: string, delta: number): Promise<void> {
    await this.#call('prioritisetransaction', txid, 0, delta);
  }

  /** Outputs of the chain, in the given order; null for one that is spent there or, on request, in the mempool. */
  async outputs(
    outpoints: readonly (readonly [txid: string, index: number])[],
    withMempool: boolean,
  ): Promise<(OutputAnswer | null)[]> {
    const calls = outpoints.map(([txid, index]) => [txid, index, withMempool]);
    const answers = await this.#rpc.calls('gettxout', calls);
    return answers.map((answer) => unrefused(answer) as OutputAnswer | null);
  }

  /** The unspent outputs of an address in the chain. */
  async unspent(address: string): Promise<{ readonly height: number; readonly unspents: readonly FoundOutput[] }> {
    for (;;) {
      try {
        return await this.#call('scantxoutset', 'start', [`addr(${address})`]);
      } catch (error) {
        // A node runs one scan at a time, and another command may have started one.
        if (rpcCode(error) !== RPC_CODES.INVALID_PARAMETER || !/in progress/i.test((error as Error).message))
          throw error;
        await pause(SCAN_PAUSE_MS);
      }
    }
  }

  async #call<T>(method: string, ...parameters: readonly unknown[]): Promise<T> {
    return (await this.#rpc.call(method, ...parameters)) as T;
  }
}

/** An amount of an RPC answer, in satoshis. A double holds 21 million BTC to the satoshi; only its rounding is to be undone. */
export function toSatoshis(amount: number): number {
  return Math.round(amount * 1e8);
}
