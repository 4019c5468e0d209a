import { hashToHex, toHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { JsonRpcError } from '../../src/rpc/json-rpc.ts';
import { EMPTY_REGTEST, type Results, type ScriptedNode } from './scripted-node.ts';
import {
  encodeBlock,
  encodeCoinbase,
  encodeTransaction,
  type MadeInput,
  type MadeOutput,
  p2pkhScript,
} from './synthetic-chain.ts';

/** An unsigned transaction. */
export interface UnsignedTransaction {
  /** Display-order hex. */
  readonly txid: string;
  readonly raw: Uint8Array;
  readonly inputs: readonly MadeInput[];
  readonly outputs: readonly MadeOutput[];
}

interface MinedBlock {
  readonly hash: string;
  readonly raw: Uint8Array;
  readonly time: number;
}

/** Time of the first block of regtest, in seconds since 1970. */
const EPOCH = 1_296_688_602;
const COINS_A_BLOCK = 20;
const COIN_VALUE = 5_000;
const SATOSHIS = 100_000_000;
const HEADER_SIZE = 80;

/** The blocks and the mempool of a scripted node, for its answers by RPC to any parameters. It does not report changes. */
export class ScriptedChain {
  readonly #blocks: MinedBlock[] = [];
  readonly #mempool = new Map<string, { transaction: UnsignedTransaction; time: number }>();
  /** Confirmed and unspent. */
  readonly #outputs = new Map<string, MadeOutput>();
  #made = 0;

  /** Makes a node report this chain from now on. */
  static of(node: ScriptedNode): ScriptedChain {
    const chain = new ScriptedChain();
    node.answer(chain.#results());
    return chain;
  }

  /** Adds a block, and removes its transactions from the mempool. @returns the coins of its coinbase */
  mine(...transactions: readonly UnsignedTransaction[]): MadeInput[] {
    const height = this.#blocks.length;
    const outputs = Array.from({ length: COINS_A_BLOCK }, () => ({ value: COIN_VALUE, script: p2pkhScript(height) }));
    const coinbase = { raw: encodeCoinbase(height, outputs), inputs: [], outputs };
    const time = EPOCH + height;
    const raws = [coinbase, ...transactions].map(({ raw }) => raw);
    const previous = this.#blocks.at(-1)?.raw.subarray(0, HEADER_SIZE);
    const raw = encodeBlock(previous === undefined ? new Uint8Array(32) : hash256(previous), time, raws);
    this.#blocks.push({ hash: hashToHex(hash256(raw.subarray(0, HEADER_SIZE))), raw, time });
    for (const { raw, inputs, outputs } of [coinbase, ...transactions]) {
      const txid = hashToHex(hash256(raw));
      this.#mempool.delete(txid);
      for (const input of inputs) this.#outputs.delete(outpoint(hashToHex(input.txid), input.index));
      outputs.forEach((output, index) => {
        this.#outputs.set(outpoint(txid, index), output);
      });
    }
    return outputs.map((_, index) => ({ txid: hash256(coinbase.raw), index }));
  }

  /** Makes up a transaction with an id of its own. */
  pay(...inputs: readonly MadeInput[]): UnsignedTransaction {
    const outputs = [{ value: COIN_VALUE - 1_000, script: p2pkhScript(0xee) }];
    const raw = encodeTransaction(inputs, outputs, ++this.#made);
    return { txid: hashToHex(hash256(raw)), raw, inputs, outputs };
  }

  /** Adds a transaction to the mempool. */
  accept(transaction: UnsignedTransaction): void {
    this.#mempool.set(transaction.txid, { transaction, time: Math.floor(Date.now() / 1_000) });
  }

  /** Removes a transaction from the mempool. */
  remove({ txid }: UnsignedTransaction): void {
    this.#mempool.delete(txid);
  }

  /** Display-order hex. */
  get tip(): string {
    return this.#blocks.at(-1)!.hash;
  }

  #results(): Results {
    const inMempool = (txid: string) => this.#mempool.get(txid) ?? refuse(-5, 'Transaction not in mempool');
    const block = (hash: string) => this.#blocks.find((one) => one.hash === hash) ?? refuse(-5, 'Block not found');
    const height = () => this.#blocks.length - 1;
    return {
      getblockchaininfo: () => ({
        ...EMPTY_REGTEST,
        blocks: height(),
        headers: height(),
        bestblockhash: this.tip,
      }),
      getbestblockhash: () => this.tip,
      getchaintips: () => [{ height: height(), hash: this.tip, branchlen: 0, status: 'active' }],
      getblockhash: (at: number) => this.#blocks[at]?.hash ?? refuse(-8, 'Block height out of range'),
      getblockheader: (hash: string, isVerbose: boolean) => {
        const { raw, time } = block(hash);
        return isVerbose ? { hash, time, chainwork: '02' } : toHex(raw.subarray(0, HEADER_SIZE));
      },
      getblock: (hash: string) => toHex(block(hash).raw),
      getrawmempool: () => [...this.#mempool.keys()],
      getmempoolentry: (txid: string) => {
        const { transaction, time } = inMempool(txid);
        return { size: transaction.raw.length, time };
      },
      getrawtransaction: (txid: string) => toHex(inMempool(txid).transaction.raw),
      gettxout: (txid: string, index: number) => {
        const output = this.#outputs.get(outpoint(txid, index));
        if (output === undefined) return null;
        return { value: output.value / SATOSHIS, scriptPubKey: { hex: toHex(output.script) } };
      },
    };
  }
}

function outpoint(txid: string, index: number): string {
  return `${txid}:${index}`;
}

function refuse(code: number, message: string): never {
  throw new JsonRpcError(code, message);
}
