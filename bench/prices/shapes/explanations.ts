import type { Landmarks } from '../crafted-chain.ts';
import { WORDS } from '../crafted-transactions.ts';
import { honest, hostile, type Shape } from '../shape.ts';

const EXPLAIN = `query ($filter: TransactionFilter, $scan: Boolean! = true) { explainTransactions(filter: $filter, scan: $scan, first: 100) {
  steps { operation index rows exact } conditions prediction { matches rows cost } refusal { code add } } }`;

const says = (utf8: string) => ({ data: [{ pushes: [{ equals: { utf8 } }] }] });

/** Explanations of filters. */
export function explanations({ busyAddress, addresses, txids }: Landmarks): Shape[] {
  return [
    ...honest({ 'explain, an address': EXPLAIN }, { filter: { address: busyAddress } }),
    ...honest({ 'explain, what is refused': EXPLAIN }, { filter: { fee: { gte: 1_000 } }, scan: false }),
    ...Object.entries({
      'explain, words that never meet': { and: [says(WORDS.left), says(WORDS.right)] },
      'explain, 1,000 addresses': { addresses },
      'explain, 1,000 txids': { txids },
      'explain, a short prefix': { data: [{ pushes: [{ startsWith: { utf8: 'nu' } }] }] },
      'explain, or of 30 long prefixes': {
        or: Array.from({ length: 30 }, (_, i) => ({ data: [{ pushes: [{ startsWith: { utf8: `number ${i}` } }] }] })),
      },
      'explain, a scan for nothing': { outputCount: { gte: 100_000_000 } },
    }).flatMap(([name, filter]) => hostile({ [name]: EXPLAIN }, { filter })),
  ];
}
