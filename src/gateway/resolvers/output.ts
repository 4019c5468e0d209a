import { addressOf } from '../../chain/address.ts';
import { dataPushes } from '../../chain/data.ts';
import { scriptType } from '../../chain/script.ts';
import type { Output as ChainOutput } from '../../chain/transaction.ts';
import type { OutputView } from '../../query/unspent.ts';
import type { OutputResolvers } from '../resolver-types.ts';

export const Output: OutputResolvers = {
  value: (view) => outputOf(view).value,
  lockingScript: (view, _, { answer }) => answer.bytes(outputOf(view).lockingScript),
  type: (view, _, { reader }) => scriptType(outputOf(view).lockingScript, reader.network),
  address: (view, _, { reader }) => addressOf(outputOf(view).lockingScript, reader.network),
  data: (view) => {
    const pushes = dataPushes(outputOf(view).lockingScript);
    return pushes === null ? null : { pushes };
  },
  token: (view) => outputOf(view).token,
  spentBy: async ({ transaction, index }, _, context) => {
    context.charge();
    const spender = await context.reader.spenderOf(transaction.transaction.txid, index);
    return spender === null ? null : { transaction: spender.transaction, index: spender.inputIndex };
  },
};

function outputOf({ transaction, index }: OutputView): ChainOutput {
  return transaction.transaction.outputs[index]!;
}
