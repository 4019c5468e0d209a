import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { RawTx } from '@scure/btc-signer';
import { Block as ReferenceBlock, Transaction as ReferenceTransaction } from 'bitcoinjs-lib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBlock } from '../../src/chain/block.ts';
import { concatBytes, equalBytes, fromHex, hashToHex, toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { parseTransaction, type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';
import { legacyBlock, segwitBlock, testnetBlock } from './fixtures.ts';
import { malformedOffset } from './support.ts';

const btc = networkById('btc-mainnet');
const bch = networkById('bch-mainnet');

/** All fields of a transaction, in a form to which the results of all libraries can be converted. */
function contentOf(transaction: Transaction) {
  return {
    txid: hashToHex(transaction.txid),
    version: transaction.version,
    lockTime: transaction.lockTime,
    inputs: transaction.inputs.map((input) => ({
      txid: toHex(input.previousTxid),
      index: input.previousIndex,
      script: toHex(input.unlockingScript),
      sequence: input.sequence,
      witness: input.witness.map(toHex),
    })),
    outputs: transaction.outputs.map(({ value, script }) => ({ value, script: toHex(script) })),
  };
}

function bitcoinjsContent(transaction: ReferenceTransaction): ReturnType<typeof contentOf> {
  return {
    txid: transaction.getId(),
    version: transaction.version,
    lockTime: transaction.locktime,
    inputs: transaction.ins.map(({ hash, index, script, sequence, witness }) => {
      return { txid: toHex(hash), index, script: toHex(script), sequence, witness: witness.map(toHex) };
    }),
    outputs: transaction.outs.map(({ value, script }) => ({ value: Number(value), script: toHex(script) })),
  };
}

function btcSignerContent(bytes: Uint8Array): Omit<ReturnType<typeof contentOf>, 'txid'> {
  const { version, inputs, outputs, witnesses, lockTime } = RawTx.decode(bytes);
  return {
    version,
    lockTime,
    inputs: inputs.map(({ txid, index, finalScriptSig, sequence }, i) => ({
      txid: toHex(txid.toReversed()),
      index,
      script: toHex(finalScriptSig),
      sequence,
      witness: (witnesses?.[i] ?? []).map(toHex),
    })),
    outputs: outputs.map(({ amount, script }) => ({ value: Number(amount), script: toHex(script) })),
  };
}

describe.each([
  ['mainnet block 357238', legacyBlock()],
  ['testnet block 86756', testnetBlock()],
  ['a SegWit block', segwitBlock(300)],
])('every transaction of %s', (_, bytes) => {
  const { transactions } = parseBlock(bytes, btc);
  const references = ReferenceBlock.fromBuffer(bytes).transactions!;

  it('is read as bitcoinjs-lib reads it', () => {
    expect(transactions.length).toBe(references.length);
    for (const [i, transaction] of transactions.entries()) {
      expect(contentOf(transaction)).toEqual(bitcoinjsContent(references[i]!));
      expect(transaction.inputCount).toBe(references[i]!.ins.length);
      expect(transaction.outputCount).toBe(references[i]!.outs.length);
      expect(transaction.isCoinbase).toBe(references[i]!.isCoinbase());
      expect(transaction.hasWitness).toBe(references[i]!.hasWitnesses());
      // bitcoinjs-lib takes the wtxid of a coinbase for zero, as the witness commitment of BIP141 does.
      if (!transaction.isCoinbase) expect(transaction.wtxid).toEqual(references[i]!.getHash(true));
    }
  });

  it('is read as btc-signer reads it', () => {
    for (const transaction of transactions) {
      const { txid, ...content } = contentOf(transaction);
      expect(content).toEqual(btcSignerContent(transaction.bytes));
    }
  });

  it('is exactly its bytes, without a copy', () => {
    expect(concatBytes(...transactions.map((transaction) => transaction.bytes))).toEqual(
      bytes.subarray(bytes.length - transactions.reduce((sum, { size }) => sum + size, 0)),
    );
    for (const transaction of transactions) {
      expect(transaction.bytes.buffer).toBe(bytes.buffer);
      expect(transaction.inputs[0]!.unlockingScript.buffer).toBe(bytes.buffer);
      expect(transaction.outputs[0]!.script.buffer).toBe(bytes.buffer);
    }
  });

  it('is read alike alone and in its block', () => {
    for (const transaction of transactions) {
      expect(contentOf(transactionFromBytes(transaction.bytes.slice(), btc))).toEqual(contentOf(transaction));
    }
  });
});

/** Core's test vectors of transactions that its node accepts: [inputs, transaction, flags], and comments. */
const vectors: unknown[][] = JSON.parse(
  readFileSync(
    createRequire(import.meta.url)
      .resolve('bitcore-lib')
      .replace(/index\.js$/, 'test/data/bitcoind/tx_valid.json'),
    'utf8',
  ),
);

it('the valid transactions of tx_valid.json are read as bitcoinjs-lib reads them', () => {
  const transactions = vectors.filter((vector) => vector.length === 3).map(([, hex]) => hex as string);
  expect(transactions.length).toBeGreaterThan(40);
  for (const hex of transactions) {
    expect(contentOf(transactionFromBytes(fromHex(hex), btc))).toEqual(
      bitcoinjsContent(ReferenceTransaction.fromHex(hex)),
    );
  }
});

describe('any transaction', () => {
  const bytes = (size: number) => fc.uint8Array({ maxLength: size });
  const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
  const input = fc.record({
    txid: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    index: u32,
    script: bytes(300),
    sequence: u32,
    witness: fc.array(bytes(300), { maxLength: 4 }),
  });
  const output = fc.record({ value: fc.nat(0x7fff_ffff), script: bytes(300) });

  it('is read back as bitcoinjs-lib wrote it', () => {
    fc.assert(
      fc.property(
        fc.array(input, { minLength: 1 }),
        fc.array(output),
        u32,
        u32,
        (inputs, outputs, version, lockTime) => {
          const reference = new ReferenceTransaction();
          reference.version = version;
          reference.locktime = lockTime;
          for (const { txid, index, script, sequence } of inputs) reference.addInput(txid, index, sequence, script);
          for (const [i, { witness }] of inputs.entries()) reference.setWitness(i, witness);
          for (const { value, script } of outputs) reference.addOutput(script, BigInt(value));
          const transaction = transactionFromBytes(reference.toBuffer(), btc);
          expect(contentOf(transaction)).toEqual(bitcoinjsContent(reference));
          expect(equalBytes(transaction.txid, transaction.wtxid)).toBe(!reference.hasWitnesses());
          expect(transaction.weight).toBe(reference.weight());
          expect(transaction.virtualSize).toBe(reference.virtualSize());
          expect(transaction.strippedSize).toBe(reference.byteLength(false));
        },
      ),
    );
  });

  it('may be followed by others, unless the bytes should hold only one', () => {
    const { transactions } = parseBlock(testnetBlock(), btc);
    const two = concatBytes(transactions[0]!.bytes, transactions[1]!.bytes);
    expect(parseTransaction(two, btc).txid).toEqual(transactions[0]!.txid);
    expect(parseTransaction(two, btc, transactions[0]!.size).txid).toEqual(transactions[1]!.txid);
    expect(malformedOffset(() => transactionFromBytes(two, btc))).toBe(transactions[0]!.size);
  });
});

describe('the marker of BIP144', () => {
  const body = (hex: string) => fromHex(`02000000${hex}00000000`);
  const input = `${'11'.repeat(32)}0000000000ffffffff`;
  const output = '010000000000000000';

  it('is not an empty list of inputs on a chain with SegWit', () => {
    const transaction = transactionFromBytes(body(`000101${input}01${output}0101aa`), btc);
    expect(transaction.hasWitness).toBe(true);
    expect(transaction.inputs[0]!.witness).toEqual([Uint8Array.of(0xaa)]);
    expect(transaction.strippedSize).toBe(transaction.size - 5);
  });

  it('is an empty list of inputs on a chain without SegWit', () => {
    const transaction = transactionFromBytes(body(`0001${output}`), bch);
    expect(transaction.inputs).toEqual([]);
    expect(transaction.outputs.map(({ value }) => value)).toEqual([1]);
    expect(transaction.hasWitness).toBe(false);
    expect(transaction.isCoinbase).toBe(false);
  });

  it('is an empty transaction with flag 0, as in Core', () => {
    const transaction = transactionFromBytes(body('0000'), btc);
    expect([transaction.inputs, transaction.outputs, transaction.hasWitness]).toEqual([[], [], false]);
  });

  it.each([
    ['an unknown flag', `000201${input}01${output}0101aa`, 5],
    ['outputs without inputs', `0002${output}${output}`, 5],
    ['empty witnesses only', `000101${input}01${output}00`, 58],
    ['no inputs behind it', `00010001${output}`, 17],
  ])('does not allow %s', (_, hex, offset) => {
    expect(malformedOffset(() => transactionFromBytes(body(hex), btc))).toBe(offset);
  });
});

it('an output value may be 2^53 - 1 satoshis, and no more', () => {
  const withValue = (value: string) =>
    fromHex(`01000000${'01'}${'11'.repeat(32)}0000000000ffffffff01${value}0000000000`);
  expect(transactionFromBytes(withValue('ffffffffffff1f00'), btc).outputs[0]!.value).toBe(Number.MAX_SAFE_INTEGER);
  expect(malformedOffset(() => transactionFromBytes(withValue('0000000000002000'), btc))).toBe(47);
  expect(malformedOffset(() => transactionFromBytes(withValue('ffffffffffffffff'), btc))).toBe(47);
});

describe('a detached transaction', () => {
  const block = segwitBlock(50);
  const { transactions } = parseBlock(block, btc);

  it('has the same fields', () => {
    for (const transaction of transactions) {
      expect(contentOf(transaction.detach())).toEqual(contentOf(transaction));
      expect(transaction.detach().wtxid).toEqual(transaction.wtxid);
    }
  });

  it('does not keep its block in memory', () => {
    for (const transaction of transactions) {
      const copy = transaction.detach();
      const views = [copy.bytes, ...copy.inputs.map((input) => input.unlockingScript)];
      views.push(...copy.inputs.flatMap(({ witness }) => witness), ...copy.outputs.map(({ script }) => script));
      for (const view of views) expect(view.buffer.byteLength).toBe(copy.size);
      expect(copy.txid.buffer.byteLength).toBe(32);
    }
  });

  it('does not change with the bytes of its block', () => {
    const bytes = block.slice();
    const copies = parseBlock(bytes, btc).transactions.map((transaction) => transaction.detach());
    bytes.fill(0);
    for (const [i, copy] of copies.entries()) expect(contentOf(copy)).toEqual(contentOf(transactions[i]!));
  });
});
