import { expect, it } from 'vitest';
import { evictedLines } from '../../cli/dev/sentences.ts';

it.each([
  [1, '1 transaction that filled the mempool stays there until it is mined.'],
  [2, '2 transactions that filled the mempool stay there until they are mined.'],
])('evict: says what happens to %i transaction(s)', (count, sentence) => {
  const fillers = Array.from({ length: count }, (_, n) => String(n));
  const evicted = { txid: 'a', fillers, alsoGone: [], minedFirst: [], sentFirst: false };
  expect(evictedLines(evicted)).toEqual([`a was evicted. ${sentence}`]);
});
