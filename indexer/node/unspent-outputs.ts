import { concatBytes } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/undo.ts';
import { BitqlError } from '../../src/errors.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { bytesFromHex, object, satoshis, text } from './answers.ts';
import type { Outpoint } from './node.ts';
import { tokenPrefix } from './token-prefix.ts';

const METHOD = 'gettxout';
/** What one batch asks for. */
const BATCH = 500;

/** Confirmed outputs that no block spends, in order, whatever the mempool spends; null where there is none. */
export async function unspentOutputs(rpc: Rpc, outpoints: readonly Outpoint[]): Promise<(SpentOutput | null)[]> {
  const outputs: (SpentOutput | null)[] = [];
  for (let start = 0; start < outpoints.length; start += BATCH) {
    const calls = outpoints.slice(start, start + BATCH).map(({ txid, index }) => [txid, index, false]);
    for (const answer of await rpc.longCalls(METHOD, calls)) {
      if (answer instanceof BitqlError) throw answer;
      outputs.push(answer === null ? null : parseOutput(answer));
    }
  }
  return outputs;
}

/** The script field as on the wire: Bitcoin Cash Node tells its CashTokens prefix apart from it. */
function parseOutput(answer: unknown): SpentOutput {
  const { value, scriptPubKey, tokenData } = object(answer, METHOD);
  const script = bytesFromHex(text(object(scriptPubKey, METHOD), 'hex'), METHOD);
  return {
    value: satoshis(value, METHOD),
    script: tokenData === undefined ? script : concatBytes(tokenPrefix(tokenData, METHOD), script),
  };
}
