import { expect, it } from 'vitest';
import { parseBlock } from '../../src/chain/block.ts';
import { networkById } from '../../src/chain/networks.ts';
import { feeOf } from '../../src/chain/transaction.ts';
import { legacyBlock } from './fixtures.ts';

const script = new Uint8Array(0);
const { transactions } = parseBlock(legacyBlock(), networkById('btc-mainnet'));
const payment = transactions.find(({ inputCount, outputCount }) => inputCount > 1 && outputCount > 1)!;
const paid = payment.outputs.reduce((sum, { value }) => sum + value, 0);

/** Outputs whose value is a little above what the transaction pays. */
const spent = payment.inputs.map((_, i) => ({ value: i === 0 ? paid : 1_000, script }));

it('is the value of the spent outputs minus that of the created ones', () => {
  expect(feeOf(payment, spent)).toBe(1_000 * (payment.inputCount - 1));
});

it('is unknown if a spent output is unknown', () => {
  expect(feeOf(payment, spent.with(1, null!))).toBeNull();
  expect(feeOf(payment, spent.slice(0, -1))).toBeNull();
});

it('is not paid by a coinbase', () => {
  expect(feeOf(transactions[0]!, [null])).toBeNull();
  expect(feeOf(transactions[0]!, [])).toBeNull();
});
