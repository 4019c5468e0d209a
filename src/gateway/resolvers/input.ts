import type { Input as ChainInput } from '../../chain/transaction.ts';
import type { InputView } from '../parents.ts';
import type { InputResolvers } from '../resolver-types.ts';

export const Input: InputResolvers = {
  coinbase: (view) => inputOf(view).isCoinbase,
  previousTxid: (view) => {
    const input = inputOf(view);
    return input.isCoinbase ? null : input.previousTxid;
  },
  previousIndex: (view) => {
    const input = inputOf(view);
    return input.isCoinbase ? null : input.previousIndex;
  },
  spentOutput,
  spentOutputUnknown: (view) => {
    if (spentOutput(view) !== null) return null;
    return inputOf(view).isCoinbase ? 'COINBASE' : 'OUTSIDE_COVERAGE';
  },
  unlockingScript: (view, _, { answer }) => answer.bytes(inputOf(view).unlockingScript),
  sequence: (view) => inputOf(view).sequence,
  witness: (view, _, { answer }, info) => {
    const { witness } = inputOf(view);
    answer.add(witness.length, info);
    for (const item of witness) answer.bytes(item);
    return witness;
  },
};

function inputOf({ transaction, index }: InputView): ChainInput {
  return transaction.transaction.inputs[index]!;
}

function spentOutput({ transaction, index }: InputView): InputView['transaction']['spent'][number] {
  return transaction.spent[index] ?? null;
}
