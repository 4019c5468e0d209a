import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RecentOutputs } from '../../indexer/outputs/recent-outputs.ts';
import { networkById } from '../../src/chain/networks.ts';
import { parseTransaction, type Transaction } from '../../src/chain/transaction.ts';
import { encodeTransaction } from '../support/synthetic-chain.ts';

const NETWORK = networkById('btc-regtest');

function transactionOf(id: number, lengths: readonly number[]): Transaction {
  const outputs = lengths.map((length, i) => ({
    value: id * 2 ** 33 + i,
    script: new Uint8Array(length).fill(id + i),
  }));
  return parseTransaction(encodeTransaction([{ txid: new Uint8Array(32), index: id }], outputs), NETWORK);
}

describe('the cache of outputs', () => {
  it('returns outputs that were added, or says that it may have evicted them', () => {
    const lengths = fc.array(fc.constantFrom(0, 1, 25, 34, 1_000, 1_001, 70_000), { maxLength: 5 });
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 120 }), fc.integer({ min: 1, max: 60_000 }), (all, bytes) => {
        const cache = new RecentOutputs(bytes);
        const transactions = all.map((each, id) => transactionOf(id, each));
        for (const [sequence, transaction] of transactions.entries()) {
          cache.add(transaction, sequence);
          for (const [before, { txid, outputs }] of transactions.slice(0, sequence + 1).entries()) {
            for (const [index, { value, script }] of outputs.entries()) {
              const found = cache.find(txid, index);
              if (found === null) expect(cache.forgottenUpTo).toBeGreaterThanOrEqual(before);
              else expect(found).toEqual({ value, script });
            }
            expect(cache.find(txid, outputs.length)).toBeNull();
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps as many as its memory holds', () => {
    const cache = new RecentOutputs(100_000);
    const transactions = Array.from({ length: 2_000 }, (_, id) => transactionOf(id, [25, 25]));
    for (const [sequence, transaction] of transactions.entries()) cache.add(transaction, sequence);
    const kept = transactions.filter(({ txid }) => cache.find(txid, 1) !== null).length;
    expect(kept * 110).toBeGreaterThan(40_000);
    expect(kept * 110).toBeLessThan(100_000);
  });
});
