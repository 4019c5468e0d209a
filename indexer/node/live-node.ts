import { fromHex } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/undo.ts';
import { parseHeader, parseNodeInfo, parseSpentOutputs } from './answers.ts';
import type { NodeAddress } from './credentials.ts';
import type { BitcoinNode, HeaderInfo, NodeInfo } from './node.ts';
import { hasRest, restBlock } from './rest.ts';
import { Rpc, rpcCode } from './rpc.ts';

/** What getblockhash answers for a height above the tip. */
const RPC_INVALID_PARAMETER = -8;
/** What getblockheader answers for a hash that it does not know. */
const RPC_INVALID_ADDRESS_OR_KEY = -5;

/** A running bitcoind: RPC for what is small, REST for raw blocks where it is offered. */
export class LiveNode implements BitcoinNode {
  readonly #origin: string;
  readonly #rpc: Rpc;
  #rest: Promise<boolean> | undefined;

  constructor(address: NodeAddress) {
    this.#origin = address.url.origin;
    this.#rpc = new Rpc(address);
  }

  async info(): Promise<NodeInfo> {
    const [chain, network] = await Promise.all([this.#rpc.call('getblockchaininfo'), this.#rpc.call('getnetworkinfo')]);
    return parseNodeInfo(chain, network);
  }

  async blockHash(height: number): Promise<string | null> {
    const hash = await this.#callUnless(RPC_INVALID_PARAMETER, 'getblockhash', height);
    return hash === null ? null : String(hash);
  }

  async header(hash: string): Promise<HeaderInfo | null> {
    const header = await this.#callUnless(RPC_INVALID_ADDRESS_OR_KEY, 'getblockheader', hash, true);
    return header === null ? null : parseHeader(header);
  }

  async block(hash: string): Promise<Uint8Array> {
    this.#rest ??= hasRest(this.#origin);
    if (await this.#rest) return restBlock(this.#origin, hash);
    return fromHex(String(await this.#rpc.call('getblock', hash, 0)));
  }

  async spentOutputs(hash: string): Promise<SpentOutput[][] | null> {
    try {
      return parseSpentOutputs(await this.#rpc.call('getblock', hash, 3));
    } catch (error) {
      if (rpcCode(error) !== undefined) return null;
      throw error;
    }
  }

  /** The result of a call; null where the node refuses it with the given code. */
  async #callUnless(code: number, method: string, ...parameters: unknown[]): Promise<unknown> {
    try {
      return await this.#rpc.call(method, ...parameters);
    } catch (error) {
      if (rpcCode(error) === code) return null;
      throw error;
    }
  }
}
