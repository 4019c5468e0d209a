import type { Landmarks } from '../crafted-chain.ts';
import { honest, hostile, type Shape } from '../shape.ts';
import { aliases } from './texts.ts';

/** The chain as it was, balances over time, and blocks of a time. */
export function past({ ordinaryAddress, busyAddress, ordinaryHeight, tipHeight, txids }: Landmarks): Shape[] {
  const balances = (address: string, args: string) =>
    `{ address(address: "${address}") { balances(${args}) { nodes { from received unspent } } } }`;
  const at = (inner: string) => `{ at(height: ${ordinaryHeight}) { ${inner} } }`;
  return [
    ...honest({
      'at, a balance': at(`address(address: "${ordinaryAddress}") { balance { unspent } }`),
      'at, a list': at('transactions(first: 25) { nodes { txid confirmations } }'),
      'at, a transaction': at(`transaction(txid: "${txids[0]}") { fee outputs { value spentBy { index } } }`),
      'balances by day': balances(ordinaryAddress, 'by: DAY, first: 30'),
      'blocks of a range': `{ blocks(filter: { height: { from: 5, to: 50 } }) { nodes { hash height } } }`,
      'blocks of a time': `{ blocks(filter: { time: { from: 1700000000, to: 1700070000 } }) { nodes { hash height } } }`,
    }),
    ...hostile({
      'at, 20 heights': `{ ${aliases(20, (alias) => `${alias}: at(height: ${tipHeight - Number(alias.slice(1))}) { chain { tip { hash } } }`)} }`,
      'at, unspent outputs of 20,000': at(
        `address(address: "${busyAddress}") { unspentOutputs(first: 100) { nodes { value } } }`,
      ),
      'balances of 20,000 by block': balances(busyAddress, 'by: BLOCK, first: 100'),
      'balances of 20,000 by year': balances(busyAddress, 'by: YEAR, first: 100'),
      'blocks, a time at which nothing is': `{ blocks(filter: { time: { from: 1, to: 2 } }, first: 100) { nodes { hash } } }`,
      'blocks, 100 of a time': `{ blocks(filter: { time: { from: 1700000000 } }, first: 100) { nodes { hash header } } }`,
    }),
  ];
}
