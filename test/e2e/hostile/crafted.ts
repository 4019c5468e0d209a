import { concatBytes } from '../../../src/chain/bytes.ts';
import { dataScript, type MadeOutput, p2pkhScript } from '../../support/synthetic-chain.ts';

/** The first push of the transactions that are crafted to be expensive. */
export const CRAFTED = 'crafted!';

/** The outputs of two transactions: ten with a hundred thousand pushes each, and as many as fit into 2 MB. */
export function craftedOutputs(): MadeOutput[][] {
  const word = [new TextEncoder().encode(CRAFTED)];
  const small = Uint8Array.from({ length: 2 * 98_000 }, (_, i) => (i % 2 === 0 ? 1 : i % 251));
  const pushes = { value: 0, script: concatBytes(dataScript(word), small) };
  const outputs = Array.from({ length: 50_000 }, (_, i) => ({ value: i, script: p2pkhScript(i % 3) }));
  return [Array.from({ length: 10 }, () => pushes), [...outputs, { value: 0, script: dataScript(word) }]];
}
