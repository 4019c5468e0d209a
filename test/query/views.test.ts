import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseBlock } from '../../src/chain/block.ts';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { MalformedBytesError } from '../../src/chain/bytes.ts';
import { type Network, networkById } from '../../src/chain/networks.ts';
import { RULE_COUNT } from '../../src/chain/revealed-scripts.ts';
import { TransactionView } from '../../src/query/transaction-view.ts';
import { decodeDeparture } from '../../src/store/departures.ts';
import { RowPacker, rowAt } from '../../src/store/packed-rows.ts';
import { addTransaction, inlineTransaction } from '../../src/store/transactions.ts';
import { legacyBlock, segwitBlock } from '../chain/fixtures.ts';
import { amount } from '../support/amount.ts';
import { LOCKS } from '../support/varied-chain.ts';

const RUNS = amount({ usual: 2_000, long: 20_000 });
const NETWORKS = (['btc-mainnet', 'bch-mainnet', 'bsv-mainnet', 'btc-regtest'] as const).map(networkById);
/** Locking scripts of all forms, and a CashTokens prefix, to make scripts that are nearly right. */
const SCRIPTS = [...Object.values(LOCKS).map(({ script }) => script), Uint8Array.of(0xef, ...Array(40).fill(0xff))];

const script = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.tuple(fc.constantFrom(...SCRIPTS), fc.uint8Array({ maxLength: 3 })).map(([a, b]) => Uint8Array.of(...a, ...b)),
  fc.tuple(fc.constantFrom(...SCRIPTS), fc.nat(80)).map(([bytes, length]) => bytes.slice(0, length)),
);

/** A script of its own, or the rule by which the input gives it. */
const spent = fc.record({
  value: fc.nat(Number.MAX_SAFE_INTEGER - 1),
  script: fc.oneof({ weight: 3, arbitrary: script }, { weight: 1, arbitrary: fc.nat(RULE_COUNT - 1) }),
});

/** The well-formed record of a transaction with extreme scripts and amounts. */
const wellFormed = fc
  .record({
    version: fc.nat(0xffff_ffff),
    inputs: fc.array(
      fc.record({ txid: fc.uint8Array({ minLength: 32, maxLength: 32 }), index: fc.nat(0xffff_ffff), script }),
      { minLength: 1, maxLength: 4 },
    ),
    outputs: fc.array(fc.record({ value: fc.nat(Number.MAX_SAFE_INTEGER), script }), { minLength: 1, maxLength: 4 }),
    spent: fc.array(fc.option(spent), { maxLength: 4 }),
  })
  .map(({ version, inputs, outputs, spent }) => {
    // Only an output that has an input is given by it.
    const undo = undoOf(spent.slice(0, inputs.length));
    const writer = new ByteWriter(64)
      .u8(0)
      .compactSize(undo.length)
      .bytes(undo)
      .u32(version)
      .compactSize(inputs.length);
    for (const { txid, index, script } of inputs) {
      writer.bytes(txid).u32(index).compactSize(script.length).bytes(script).u32(7);
    }
    writer.compactSize(outputs.length);
    for (const { value, script } of outputs) writer.u64(value).compactSize(script.length).bytes(script);
    return writer.u32(0).finish();
  });

/** The outputs that a transaction spends, as in records; null for unknown ones. */
function undoOf(spent: readonly ({ value: number; script: Uint8Array | number } | null)[]): Uint8Array {
  const writer = new ByteWriter(64);
  for (const output of spent) {
    writer.compactSize(output === null ? 0 : output.value + 1);
    if (output === null) continue;
    if (typeof output.script === 'number') writer.u8(output.script);
    else writer.compactSize(output.script.length + RULE_COUNT).bytes(output.script);
  }
  return writer.finish();
}

/** Records of real transactions, damaged in some places. */
const damaged = fc
  .tuple(
    fc.constantFrom(...recordsOf(legacyBlock()), ...recordsOf(segwitBlock(5))),
    fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }),
    fc.nat(20),
  )
  .map(([record, changes, missing]) => {
    const bytes = record.slice(0, record.length - (missing < 10 ? missing : 0));
    for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
    bytes[0] = 0;
    return bytes;
  });

function recordsOf(block: Uint8Array): Uint8Array[] {
  const { transactions } = parseBlock(block, networkById('btc-mainnet'));
  return transactions.slice(0, 40).map((transaction, n) => {
    const rows = new RowPacker();
    const spent = transaction.inputs.map((_, i) =>
      i === n ? null : { value: i, script: SCRIPTS[(n + i) % SCRIPTS.length]! },
    );
    addTransaction(new Uint8Array(8), { transaction, spent }, { transactions: rows, payloads: new RowPacker() });
    return rowAt(rows.finish(), 0).value.slice();
  });
}

/** The names of all getters of an object: those of its class and of the classes that it extends. */
function gettersOf(object: object): string[] {
  const names: string[] = [];
  for (let at = Object.getPrototypeOf(object); at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const [name, { get }] of Object.entries(Object.getOwnPropertyDescriptors(at)))
      if (get !== undefined) names.push(name);
  }
  return names;
}

/** @returns how much was read */
function readAll(view: object): number {
  const names = gettersOf(view);
  for (const name of names) {
    try {
      Reflect.get(view, name);
    } catch (error) {
      throw new Error(`${view.constructor.name}.${name} threw`, { cause: error });
    }
  }
  return names.length;
}

function departureOf(bytes: Uint8Array) {
  try {
    return decodeDeparture(bytes);
  } catch (error) {
    if (error instanceof MalformedBytesError) return null;
    throw error;
  }
}

/** @returns the number of getters read; 0 for a record that was refused as a whole */
function readRecord(value: Uint8Array, network: Network, departure: Uint8Array): number {
  const key = new Uint8Array(8);
  try {
    const record = inlineTransaction({ key, value }, network)!;
    const place = { position: key, height: null, index: null, firstSeen: null, departure: departureOf(departure) };
    const view = new TransactionView(record, place, network);
    const inputs = Array.from({ length: view.inputCount }, (_, i) => view.input(i));
    const outputs = Array.from({ length: view.outputCount }, (_, i) => view.output(i));
    const spent = inputs.flatMap(({ spentOutput }) => spentOutput ?? []);
    return [view, ...inputs, ...outputs, ...spent].reduce((count, each) => count + readAll(each), 0);
  } catch (error) {
    if (error instanceof MalformedBytesError) return 0;
    throw error;
  }
}

// In compiled code a getter that throws would end the process.
describe('no getter of a view throws', () => {
  it.each([
    ['whatever scripts and amounts hold', wellFormed],
    ['whatever is left of a damaged record', damaged],
  ])('%s', (_, records) => {
    let read = 0;
    const departure = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(records, fc.constantFrom(...NETWORKS), departure, (value, network, left) => {
        read += readRecord(value, network, left);
      }),
      { numRuns: RUNS },
    );
    expect(read).toBeGreaterThan(10 * RUNS);
  });
});
