import { concatBytes } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { AnswerFields } from '../../src/rpc/answer-fields.ts';
import { unrefused } from '../../src/rpc/codes.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
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
    for (const answer of await rpc.calls(METHOD, calls)) {
      const output = unrefused(answer);
      outputs.push(output === null ? null : parseOutput(output));
    }
  }
  return outputs;
}

/** The script field as on the wire: Bitcoin Cash Node tells its CashTokens prefix apart from it. */
function parseOutput(answer: unknown): SpentOutput {
  const output = AnswerFields.of(answer, METHOD);
  const script = output.object('scriptPubKey').bytes('hex');
  return {
    value: output.amount('value'),
    script: output.has('tokenData') ? concatBytes(tokenPrefix(output.raw('tokenData'), METHOD), script) : script,
  };
}
