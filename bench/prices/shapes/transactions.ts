import type { Landmarks } from '../crafted-chain.ts';
import { hostile, type Shape } from '../shape.ts';
import { aliases, of, through, unknownTxid } from './texts.ts';

const SUMS = ['outputValue', 'inputValue', 'fee', 'feeRate', 'feeUnknown'];

/** Many fields of one transaction, and nested paths that lead back to it: as deep as the price of a request allows, and shallow. */
export function nested({ outputs, inputs, witness }: Landmarks): Shape[] {
  const many = (first: number, levels: number, inner: string) =>
    of(outputs, through(`outputs(first: ${first})`, levels, inner));
  return hostile({
    'outputs to outputs, 2 levels of 500': many(500, 2, 'value'),
    'outputs to outputs, 3 levels of 60': many(60, 3, 'value'),
    'outputs to outputs, 4 levels of 20': many(20, 4, 'value'),
    'outputs to outputs, 4 levels of 2': many(2, 4, 'value'),
    'outputs to outputs, 3 levels of 1,000 (too much)': many(1_000, 3, 'value'),
    'outputs to outputs, 2 levels without a length (too much)': of(outputs, through('outputs', 2, 'value')),
    'outputs to outputs, 3 levels without a length (too much)': of(outputs, through('outputs', 3, 'value')),
    '20 lists of 1,000 outputs without a length': `{ ${aliases(20, (alias) => `${alias}: transaction(txid: "${outputs}") { outputs { index value } }`)} }`,
    'inputs to inputs, 3 levels of 60': of(inputs, through('inputs(first: 60)', 3, 'sequence')),
    'witness, 2 levels of 30': of(witness, through('inputs(first: 30)', 2, 'witness')),
    'all sums of 90,000, 2 levels of 200': many(200, 2, `transaction { ${SUMS.join(' ')} }`),
    ...Object.fromEntries(
      SUMS.map((sum) => [`${sum} of 90,000, 1,000 times`, of(outputs, `outputs { transaction { ${sum} } }`)]),
    ),
    'fee of 5,000 inputs, 1,000 times': of(inputs, 'inputs { transaction { fee } }'),
    'sizes and ids, 1,000 times': of(outputs, 'outputs { transaction { wtxid strippedSize weight coinbase } }'),
    'outputValue of 90,000 by 30 aliases': of(
      outputs,
      aliases(30, (alias) => `${alias}: outputValue`),
    ),
    'fee of 5,000 inputs by 30 aliases': of(
      inputs,
      aliases(30, (alias) => `${alias}: fee`),
    ),
  });
}

/** Large transactions, and many of them. */
export function large({ outputs, inputs, witness, replacing, txids }: Landmarks): Shape[] {
  const each = (txid: (alias: string) => string) =>
    `{ ${aliases(20, (alias) => `${alias}: transaction(txid: "${txid(alias)}") { fee }`)} }`;
  return hostile({
    'outputs of 90,000, 1,000': of(outputs, 'outputs { index value address type lockingScript }'),
    'outputs of 90,000, the last 1,000': of(outputs, 'outputs(offset: 89000) { index value address }'),
    'hex of 90,000 outputs': of(outputs, 'hex'),
    'spenders of 100 outputs': of(outputs, 'outputs(first: 100) { spentBy { index transaction { txid } } }'),
    'spenders of 1,000 outputs': of(outputs, 'outputs { spentBy { index } }'),
    'inputs of 5,000, 1,000': of(inputs, 'inputs { previousTxid unlockingScript spentOutput { value address } }'),
    'witness, 100 items of each of 1,000': of(witness, 'inputs { witness }'),
    conflicts: of(replacing, 'conflicts { txid removed { reason } }'),
    'conflicts of conflicts': of(replacing, 'conflicts { conflicts { txid } }'),
    '20 transactions, unknown': (turn) => each((alias) => unknownTxid(turn, alias)),
    '20 transactions, known': (turn) => each((alias) => txids[(20 * turn + Number(alias.slice(1))) % txids.length]!),
  });
}
