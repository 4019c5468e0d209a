import { fromHex, hashToHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { JsonRpcError } from '../../src/rpc/json-rpc.ts';
import { FakeNode } from '../../test/support/fake-node.ts';
import type { Late } from './crafted-chain.ts';

const NETWORK = networkById('btc-regtest');
const NOT_FOUND = -5;
const ABOVE_TIP = -8;
const METHOD_NOT_FOUND = -32601;

type Method = (...parameters: never[]) => unknown;

/**
 * A node with the later blocks and transactions: a real one would refuse unsigned ones. All earlier blocks are
 * those of the block files.
 */
export class LateNode implements AsyncDisposable {
  readonly #late: Late;
  readonly #hashes: readonly string[];
  readonly #blocks: ReadonlyMap<string, string>;
  readonly #mempool = new Map<string, string>();
  #height: number;
  #rpc: FakeNode | null = null;

  private constructor(late: Late) {
    this.#late = late;
    this.#hashes = late.headers.map((header) => hashToHex(hash256(fromHex(header))));
    const before = late.headers.length - late.blocks.length;
    this.#blocks = new Map(late.blocks.map((block, i) => [this.#hashes[before + i]!, block]));
    this.#height = before - 1;
  }

  static async start(late: Late): Promise<LateNode> {
    const node = new LateNode(late);
    const methods = node.#methods();
    node.#rpc = await FakeNode.alone(({ method, params = [] }) => {
      if (method === undefined) return { status: 404 };
      const answer = methods[method];
      if (answer === undefined) return { error: { code: METHOD_NOT_FOUND, message: 'Method not found' } };
      try {
        return { result: answer(...(params as never[])) };
      } catch (error) {
        if (error instanceof JsonRpcError) return { error };
        throw error;
      }
    });
    return node;
  }

  /** With a login in it. */
  get url(): string {
    return this.#rpc!.url;
  }

  /** Its last block, in display-order hex, and the number of pending transactions. */
  get state(): { readonly tip: string; readonly pending: number } {
    return { tip: this.#hashes[this.#height]!, pending: this.#mempool.size };
  }

  /** From now on it has all blocks, and in its mempool also the transactions that are replaced in the end. */
  goOn(): void {
    this.#height = this.#hashes.length - 1;
    for (const raw of [...this.#late.pending, ...this.#late.replaced]) this.#mempool.set(txidOf(raw), raw);
  }

  /** One transaction replaces all that spend the same outputs. */
  replace(): void {
    for (const raw of this.#late.replaced) this.#mempool.delete(txidOf(raw));
    this.#mempool.set(txidOf(this.#late.replacing), this.#late.replacing);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rpc?.[Symbol.asyncDispose]();
  }

  #methods(): Readonly<Record<string, Method>> {
    const pending = (txid: string) => this.#mempool.get(txid) ?? refuse(NOT_FOUND, 'Transaction not in mempool');
    const headers = new Map(this.#late.headers.map((header, i) => [this.#hashes[i]!, header]));
    const header = (hash: string) => headers.get(hash) ?? refuse(NOT_FOUND, 'Block not found');
    return {
      getnetworkinfo: () => ({ subversion: '/Satoshi:29.0.0/' }),
      getblockchaininfo: () => ({
        chain: 'regtest',
        blocks: this.#height,
        headers: this.#height,
        bestblockhash: this.state.tip,
        pruned: false,
      }),
      getbestblockhash: () => this.state.tip,
      getchaintips: () => [{ height: this.#height, hash: this.state.tip, branchlen: 0, status: 'active' }],
      getblockhash: (height: number) =>
        height <= this.#height ? this.#hashes[height] : refuse(ABOVE_TIP, 'Block height out of range'),
      getblockheader: (hash: string, isVerbose: boolean) =>
        isVerbose ? { hash, time: Buffer.from(header(hash), 'hex').readUInt32LE(68), chainwork: '02' } : header(hash),
      getblock: (hash: string) => this.#blocks.get(hash) ?? refuse(NOT_FOUND, 'Block not available (pruned data)'),
      getrawmempool: () => [...this.#mempool.keys()],
      getmempoolinfo: () => ({ loaded: true, size: this.#mempool.size }),
      getmempoolentry: (txid: string) => ({ size: pending(txid).length / 2, time: 1_700_000_000 }),
      getrawtransaction: (txid: string) => pending(txid),
      gettxout: () => null,
    };
  }
}

function txidOf(raw: string): string {
  return hashToHex(transactionFromBytes(fromHex(raw), NETWORK).txid);
}

function refuse(code: number, message: string): never {
  throw new JsonRpcError(code, message);
}
