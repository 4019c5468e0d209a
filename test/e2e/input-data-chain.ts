import { mkdirSync } from 'node:fs';
import { BlockFileWriter } from '../../bench/chain/block-file-writer.ts';
import { SyntheticChain } from '../../bench/chain/synthetic-chain.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { hashToHex, toHex } from '../../src/chain/bytes.ts';
import { type InputData, type InputDataPlace, inputData } from '../../src/chain/input-data.ts';
import { networkById } from '../../src/chain/networks.ts';

const NETWORK = networkById('btc-regtest');

/** Data that only one transaction has in its inputs, and the filter of queries that finds it. */
export interface KnownData {
  readonly txid: string;
  readonly height: number;
  readonly filter: object;
}

const FILTER_OF: Readonly<Record<InputDataPlace, (push: object) => object>> = {
  unlockingScript: (push) => ({ unlockingScript: { pushes: [push] } }),
  witness: (push) => ({ witness: { items: [push] } }),
  revealedScript: (push) => ({ revealedScript: { pushes: [push] } }),
};

/**
 * Writes the block files of a chain on BTC's regtest into a new folder: blocks of equal size above those that only mature.
 * @returns some of the data in inputs, spread over the chain
 */
export function writeInputDataChain(folder: string, blocks: number, transactionsOfBlock: number): KnownData[] {
  mkdirSync(folder);
  const chain = new SyntheticChain(NETWORK, 'input-data');
  using files = new BlockFileWriter(folder, NETWORK.magic);
  const known: KnownData[] = [];
  while (chain.height < blocks) {
    const { height } = chain;
    const block = chain.block(height <= NETWORK.coinbaseMaturity ? 1 : transactionsOfBlock);
    files.append(block);
    known.push(...knownIn(block, height).slice(0, 1));
  }
  return known;
}

function knownIn(block: Uint8Array, height: number): KnownData[] {
  const { transactions } = parseBlock(block, NETWORK);
  return transactions
    .filter(({ isCoinbase }) => !isCoinbase)
    .flatMap((transaction) =>
      inputData(transaction)
        .filter(isUnique)
        .map(({ place, data }) => ({
          txid: hashToHex(transaction.txid),
          height,
          filter: { inputs: [FILTER_OF[place]({ equals: { hex: toHex(data) } })] },
        })),
    );
}

/** Shorter ones of the random bytes can occur twice. */
function isUnique({ data }: InputData): boolean {
  return data.length >= 16;
}
