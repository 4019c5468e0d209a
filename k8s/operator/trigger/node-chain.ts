import { BitqlError } from '../../../src/errors.ts';
import { type Rpc, rpcCode } from '../../../src/rpc/rpc.ts';
import type { Block, Cursor } from './block.ts';
import type { Chain, Tip } from './chain.ts';

/** bitcoind's word for a block that it does not know, and for a height that its chain does not have (src/rpc/protocol.h). */
const INVALID_ADDRESS_OR_KEY = -5;
const INVALID_PARAMETER = -8;

interface Header {
  readonly block: Block;
  readonly isMain: boolean;
}

/** The chain of a bitcoind, by RPC. Header calls are the same in all of its kinds. */
export class NodeChain implements Chain {
  readonly #rpc: Pick<Rpc, 'longCalls'>;

  constructor(rpc: Pick<Rpc, 'longCalls'>) {
    this.#rpc = rpc;
  }

  async tip(): Promise<Tip> {
    const [answer] = await this.#rpc.longCalls('getblockchaininfo', [[]]);
    const { bestblockhash, blocks, chain, initialblockdownload } = recordOf(answer);
    // On regtest it says so until a block comes, and there may be nobody to wait for.
    const isCatchingUp = initialblockdownload === true && chain !== 'regtest';
    return { hash: hashOf(bestblockhash), height: wholeOf(blocks), isCatchingUp };
  }

  async block(hash: string): Promise<Header | null> {
    const [answer] = await this.#rpc.longCalls('getblockheader', [[hash]]);
    return rpcCode(answer) === INVALID_ADDRESS_OR_KEY ? null : headerOf(answer);
  }

  async stale(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    const answers = await this.#rpc.longCalls(
      'getblockheader',
      hashes.map((hash) => [hash]),
    );
    const known = answers.filter((answer) => rpcCode(answer) !== INVALID_ADDRESS_OR_KEY).map(headerOf);
    return new Set(known.filter(({ isMain }) => !isMain).map(({ block }) => block.hash));
  }

  /**
   * That all of them were on the main chain after their hashes were asked for, the highest one asked last, proves that
   * they are of one chain: what takes a lower one away takes the higher ones too.
   */
  async above(cursor: Cursor | null, heights: readonly number[]): Promise<readonly Block[] | null> {
    const hashes = await this.#rpc.longCalls(
      'getblockhash',
      heights.map((height) => [height]),
    );
    if (hashes.some((answer) => rpcCode(answer) === INVALID_PARAMETER)) return null;
    const asked = [...(cursor === null ? [] : [cursor.hash]), ...hashes.map(hashOf)];
    const answers = await this.#rpc.longCalls(
      'getblockheader',
      asked.map((hash) => [hash]),
    );
    if (answers.some((answer) => rpcCode(answer) === INVALID_ADDRESS_OR_KEY)) return null;
    const headers = answers.map(headerOf);
    if (headers.some(({ isMain }) => !isMain)) return null;
    return headers.slice(cursor === null ? 0 : 1).map(({ block }) => block);
  }
}

function headerOf(answer: unknown): Header {
  const { hash, height, time, previousblockhash, confirmations } = recordOf(answer);
  const block = {
    hash: hashOf(hash),
    height: wholeOf(height),
    time: wholeOf(time),
    previousHash: previousblockhash === undefined ? '' : hashOf(previousblockhash),
  };
  return { block, isMain: wholeOf(confirmations) > 0 };
}

function recordOf(answer: unknown): Readonly<Record<string, unknown>> {
  if (answer instanceof BitqlError) throw answer;
  if (typeof answer !== 'object' || answer === null) throw strange(answer);
  return answer as Readonly<Record<string, unknown>>;
}

/** It is written into manifests, so it is to be nothing else. */
function hashOf(value: unknown): string {
  if (value instanceof BitqlError) throw value;
  if (typeof value !== 'string' || !/^[0-9a-f]{64}$/.test(value)) throw strange(value);
  return value;
}

function wholeOf(value: unknown): number {
  if (!Number.isSafeInteger(value)) throw strange(value);
  return value as number;
}

function strange(value: unknown): BitqlError {
  const what = JSON.stringify(value)?.slice(0, 100);
  return new BitqlError('NODE_REFUSED', `The node does not answer as bitcoind does: it says ${what}.`);
}
