import type { RegtestNode } from '../../dev/regtest.ts';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { mapKey } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { type Network, networkById } from '../../src/chain/networks.ts';
import type { Transaction } from '../../src/chain/transaction.ts';

/** The raw blocks of a node's main chain, from the first on. */
export async function rawBlocksOf(node: RegtestNode): Promise<Uint8Array[]> {
  const count = await node.rpc<number>('getblockcount');
  const heights = Array.from({ length: count + 1 }, (_, height) => height);
  return Promise.all(
    heights.map(async (height) => {
      const hash = await node.rpc<string>('getblockhash', height);
      return new Uint8Array(Buffer.from(await node.rpc<string>('getblock', hash, 0), 'hex'));
    }),
  );
}

/** A node that has a chain from its first block on, so it knows what each block spends. */
export class FullChainNode extends BlockListNode {
  readonly #blocks: ReadonlyMap<string, Uint8Array>;
  readonly #transactions: ReadonlyMap<string, Transaction>;
  readonly #network: Network;

  constructor(blocks: readonly Uint8Array[], network = networkById('btc-regtest')) {
    super(network, 0, blocks);
    const parsed = blocks.map((bytes) => parseBlock(bytes, network));
    this.#network = network;
    this.#blocks = new Map(parsed.map(({ header, bytes }) => [mapKey(header.hash), bytes]));
    this.#transactions = new Map(
      parsed.flatMap(({ transactions }) => transactions.map((transaction) => [mapKey(transaction.txid), transaction])),
    );
  }

  override async spentOutputs(hash: string): Promise<AsyncIterable<readonly SpentOutput[]> | null> {
    const bytes = this.#blocks.get(mapKey(new Uint8Array(Buffer.from(hash, 'hex')).reverse()))!;
    const { transactions } = parseBlock(bytes, this.#network);
    const transactionsById = this.#transactions;
    return (async function* () {
      for (const transaction of transactions) {
        yield transaction.isCoinbase
          ? []
          : transaction.inputs.map(
              ({ previousTxid, previousIndex }) => transactionsById.get(mapKey(previousTxid))!.outputs[previousIndex]!,
            );
      }
    })();
  }
}
