import type { Landmarks } from '../crafted-chain.ts';
import { honest, hostile, type Shape } from '../shape.ts';
import { aliases, of } from './texts.ts';

const RELATIVES = 'ancestors { count fees } descendants { count fees } effectiveFeeRate';

/** What is pending: in mining order, in projected blocks, and with relatives. */
export function mempool({ endOfLine, parent }: Landmarks): Shape[] {
  const ofPending = (inner: string) =>
    `{ transactions(filter: { confirmed: false }, first: 100) { nodes { ${inner} } } }`;
  return [
    ...honest({
      'projected blocks': '{ projectedBlocks { count fees minFeeRate full } }',
      'fee estimates, projected': '{ feeEstimates { projected { target feeRate } } }',
      'mempool in mining order, 25': '{ mempool { transactions(first: 25) { nodes { txid effectiveFeeRate } } } }',
      'relatives in a line of 25': of(endOfLine, RELATIVES),
    }),
    ...hostile({
      'projected blocks, 20 times 100': `{ ${aliases(20, (alias) => `${alias}: projectedBlocks(first: 100) { count }`)} }`,
      'mempool in mining order, 20 times 100': `{ mempool { ${aliases(20, (alias) => `${alias}: transactions(first: 100) { nodes { txid } }`)} } }`,
      'relatives of one with 500 children': of(parent, RELATIVES),
      'descendants, 500 of them with theirs': of(parent, `descendants { transactions(first: 500) { ${RELATIVES} } }`),
      'effective fee rates of a line by 30 aliases': of(
        endOfLine,
        aliases(30, (alias) => `${alias}: effectiveFeeRate`),
      ),
      'relatives of 100 pending ones': ofPending(RELATIVES),
      'replaceable, 100 pending ones': ofPending('replaceable'),
    }),
  ];
}
