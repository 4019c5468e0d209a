import { MalformedBytesError } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { BitqlError } from '../../src/errors.ts';
import { AnswerFields } from '../../src/rpc/answer-fields.ts';
import { nodeAt } from '../../src/rpc/http.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { type Largest, mostInputs } from './largest.ts';
import { prime } from './primed-iterator.ts';
import type { RestClient } from './rest-client.ts';
import { type OutputFormat, readOutputLists } from './serialized-outputs.ts';

/** Core: CTxOut, as on the wire. */
const TX_OUT: OutputFormat = {
  maxHeadSize: 8 + 9,
  readHead: (reader) => ({ value: reader.u64(), scriptSize: reader.compactSize(), kind: 0 }),
  readScript: (reader, { scriptSize }) => reader.bytes(scriptSize).slice(),
};

/**
 * What a block spends by `/rest/spenttxouts` (Core 30, src/rest.cpp: SerializeBlockUndo): for each transaction a list
 * of outputs, the coinbase's empty. Null where the node does not offer it, or has no undo data of the block.
 */
export async function spentOutputsByRest(
  rest: RestClient,
  rpc: Rpc,
  hash: string,
  largest: Largest,
): Promise<AsyncIterable<SpentOutput[]> | null> {
  const chunks = await rest
    .get({ endpoint: 'spenttxouts/HASH.bin', hash, maxBytes: largest.spentOutputs })
    .catch((error: unknown) => {
      if (error instanceof BitqlError && error.code === 'NODE_REFUSED') return null;
      throw error;
    });
  if (chunks === null) return null;
  const lists = readOutputLists(chunks, { ...TX_OUT, maxListLength: mostInputs(largest) });
  return prime(checked(lists, nodeAt(rest.origin), hash, () => transactionCount(rpc, hash)));
}

async function transactionCount(rpc: Rpc, hash: string): Promise<number> {
  return AnswerFields.of(await rpc.call('getblockheader', hash, true), 'getblockheader').count('nTx');
}

async function* checked(
  spent: AsyncIterable<SpentOutput[]>,
  node: string,
  hash: string,
  countTransactions: () => Promise<number>,
): AsyncGenerator<SpentOutput[]> {
  let lists = 0;
  try {
    for await (const outputs of spent) {
      lists += 1;
      yield outputs;
    }
    const count = await countTransactions();
    if (lists !== count) throw new MalformedBytesError(`${lists} lists for ${count} transactions`, 0);
  } catch (error) {
    if (!(error instanceof MalformedBytesError)) throw error;
    throw new BitqlError('NODE_REFUSED', `${node} returned damaged spent outputs for block ${hash}.`, error);
  }
}
