import type { Landmarks } from '../crafted-chain.ts';
import { WORDS } from '../crafted-transactions.ts';
import { honest, hostile, type Shape } from '../shape.ts';
import { aliases, unknownTxid } from './texts.ts';

const LIST = 'transactions(filter: $filter, first: 25) { nodes { txid } pageInfo { endCursor } }';
const QUERY = `query ($filter: TransactionFilter) { ${LIST} }`;
const SCAN = QUERY.replace('first: 25', 'first: 25, scan: true');
const WIDEST = 10;
const MOST_TXIDS = 1_000;
const FIRST_TIME = 1_700_000_000;
const MANY_BLOCKS = { from: 0, to: 900 };

const equals = (utf8: string) => ({ equals: { utf8 } });
const startsWith = (utf8: string) => ({ startsWith: { utf8 } });
/** One data output with all of these pushes. */
const said = (...pushes: object[]) => ({ data: [{ pushes }] });
const upTo = <T>(count: number, make: (i: number) => T) => Array.from({ length: count }, (_, i) => make(i));

const { common, left, right, rare } = WORDS;

/** Ordinary filters. */
export function filters({ busyAddress, ordinaryAddress }: Landmarks): Shape[] {
  return Object.entries({
    'a common word': said(equals(common)),
    'a rare word': said(equals(rare)),
    'a rare word and a common one': said(equals(common), equals(rare)),
    'words that begin so': said(startsWith('number 12')),
    'an address and a word': { address: busyAddress, ...said(equals(common)) },
    'a range of times': { time: { from: FIRST_TIME, to: FIRST_TIME + 70_000 } },
    coinbases: { coinbase: true },
    'any of two words': { or: [said(equals(rare)), said(equals(common))] },
    'a common word, not with a rare one': { ...said(equals(common)), not: said(equals(rare)) },
    'an address, spent or not': { outputs: [{ address: ordinaryAddress, spent: false }] },
  }).flatMap(([name, filter]) => honest({ [name]: QUERY }, { filter }));
}

/** Filters that match nothing for long, or everything. */
export function vainFilters({ txids, tipHeight, addresses, busyAddress }: Landmarks): Shape[] {
  const mixed = [equals(common), startsWith('number'), startsWith('left'), equals(left)];
  const neverTogether = said(equals(left), equals(right));
  return [
    ...Object.entries({
      'two common words that never meet': neverTogether,
      'a common word at a place where nothing is': said({ index: 300, ...equals(common) }),
      'startsWith, one byte': said(startsWith('n')),
      'startsWith, one byte that is rare': said({ startsWith: { hex: 'ff' } }),
      'startsWith, two bytes': said(startsWith('nu')),
      'startsWith, nothing': { block: MANY_BLOCKS, ...said(startsWith('')) },
      'startsWith, nothing, where nothing is': { block: MANY_BLOCKS, ...said({ index: 300, ...startsWith('') }) },
      '10 outputs of 10 pushes': { data: upTo(WIDEST, () => ({ pushes: upTo(WIDEST, (i) => mixed[i % 4]!) })) },
      '10 outputs of 10 pushes, all different': {
        data: upTo(WIDEST, (i) => ({ pushes: upTo(WIDEST, (j) => startsWith(`number ${WIDEST * i + j}`)) })),
      },
      '1,000 txids, known': { txids },
      '1,000 txids, known, that say something else': { txids, ...said(equals('nothing says this')) },
      'a common word at a time without blocks': { time: { from: 0, to: 1 }, ...said(equals(common)) },
      'a common word, but no half of it': {
        ...said(equals(common)),
        and: [{ not: said(equals(left)) }, { not: said(equals(right)) }],
      },
      'or of 30 words that are nowhere': { or: upTo(30, (i) => said(equals(`nowhere ${i}`))) },
      'or of 30 beginnings': { or: upTo(30, (i) => said(startsWith(`number ${i + 10}`))) },
      'a tree of or and not': tree(3, busyAddress),
      '1,000 addresses': { addresses },
      '1,000 addresses, and a word that none of them has': { addresses, ...said(equals('nothing says this')) },
      'all blocks, nothing in them': { coinbase: false, block: { from: 0, to: tipHeight }, ...said({ index: 300 }) },
    }).flatMap(([name, filter]) => hostile({ [name]: QUERY }, { filter })),
    ...hostile({ 'scan for nothing': SCAN }, { filter: { outputCount: { gte: 100_000_000 } } }),
    ...hostile(
      { 'scan for spent outputs of a value that none has': SCAN },
      { filter: { outputs: [{ spent: true, value: { gt: 2_000_000_000_000_000 } }] } },
    ),
    ...hostile({ '1,000 txids, unknown': QUERY }, (turn) => ({
      filter: { txids: upTo(MOST_TXIDS, (i) => unknownTxid(turn, i)) },
    })),
    ...hostile(
      {
        '20 times two common words that never meet': `query ($filter: TransactionFilter) {
          ${aliases(20, (alias) => `${alias}: ${LIST}`)} }`,
      },
      { filter: neverTogether },
    ),
  ];
}

/** So many levels of members, each of which has two. */
function tree(levels: number, address: string): object {
  if (levels === 0) return { address, not: said(equals(common)) };
  const below = tree(levels - 1, address);
  return levels % 2 === 0 ? { and: [below, below] } : { or: [below, below] };
}
