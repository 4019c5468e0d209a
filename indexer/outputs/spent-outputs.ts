import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';

/** For each transaction of a part the outputs that it spends, in input order; null for one that is not known. */
export type SpentOutputs = (SpentOutput | null)[][];

/** Whether all of them are known. */
export function isComplete(spent: SpentOutputs): boolean {
  return !spent.some((outputs) => outputs.includes(null));
}
