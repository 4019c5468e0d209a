import { BitqlError } from '../../../src/errors.ts';
import { AnswerFields, parseHash } from '../../../src/rpc/answer-fields.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import { rpcCode } from '../../../src/rpc/rpc-code.ts';
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
  readonly #rpc: Pick<Rpc, 'calls'>;

  constructor(rpc: Pick<Rpc, 'calls'>) {
    this.#rpc = rpc;
  }

  async tip(): Promise<Tip> {
    const [answer] = await this.#rpc.calls('getblockchaininfo', [[]]);
    const chain = fieldsOf(answer, 'getblockchaininfo');
    // On regtest it says so until a block comes, and there may be nobody to wait for.
    const isCatchingUp = chain.raw('initialblockdownload') === true && chain.raw('chain') !== 'regtest';
    return { hash: chain.hash('bestblockhash'), height: chain.height('blocks'), isCatchingUp };
  }

  async block(hash: string): Promise<Header | null> {
    const [answer] = await this.#rpc.calls('getblockheader', [[hash]]);
    return rpcCode(answer) === INVALID_ADDRESS_OR_KEY ? null : headerOf(answer);
  }

  async stale(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    const answers = await this.#rpc.calls(
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
    const hashes = await this.#rpc.calls(
      'getblockhash',
      heights.map((height) => [height]),
    );
    if (hashes.some((answer) => rpcCode(answer) === INVALID_PARAMETER)) return null;
    const asked = [...(cursor === null ? [] : [cursor.hash]), ...hashes.map(hashOf)];
    const answers = await this.#rpc.calls(
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
  const header = fieldsOf(answer, 'getblockheader');
  const block = {
    hash: header.hash('hash'),
    height: header.height('height'),
    time: header.time('time'),
    previousHash: header.has('previousblockhash') ? header.hash('previousblockhash') : '',
  };
  // -1 for a block that is not on the main chain.
  return { block, isMain: header.raw('confirmations') !== -1 && header.count('confirmations') > 0 };
}

function fieldsOf(answer: unknown, method: string): AnswerFields {
  if (answer instanceof BitqlError) throw answer;
  return AnswerFields.of(answer, method);
}

function hashOf(answer: unknown): string {
  if (answer instanceof BitqlError) throw answer;
  return parseHash(answer, 'getblockhash');
}
