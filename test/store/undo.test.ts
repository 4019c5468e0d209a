import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { p2pkh, p2sh, witnessScript } from '../../src/chain/address.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { ByteReader, concatBytes, fromHex, mapKey } from '../../src/chain/bytes.ts';
import { hash160, hash256, sha256 } from '../../src/chain/hash.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { type Network, networkById } from '../../src/chain/networks.ts';
import { scriptType } from '../../src/chain/script.ts';
import { type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';
import { RowPacker, rowAt } from '../../src/store/packed-rows.ts';
import { addTransaction, inlineTransaction, knownOutput } from '../../src/store/transactions.ts';
import { legacyBlock } from '../chain/fixtures.ts';
import { push, rawTransaction, type UnlockingInput } from '../chain/unlocking.ts';
import { amount } from '../support/amount.ts';

const RUNS = amount({ usual: 500, long: 20_000 });
const BTC = networkById('btc-mainnet');
const BCH = networkById('bch-mainnet');

const bytes = (length: number, value = 0xaa) => new Uint8Array(length).fill(value);
const NOTHING = bytes(0);
const SIGNATURE = bytes(71, 0x30);
const KEY = concatBytes(Uint8Array.of(2), bytes(32));
const OTHER_KEY = concatBytes(Uint8Array.of(3), bytes(32));
const UNCOMPRESSED = concatBytes(Uint8Array.of(4), bytes(64));
const HYBRID = concatBytes(Uint8Array.of(7), bytes(64));
const MULTISIG = concatBytes(Uint8Array.of(0x51), push(KEY), push(OTHER_KEY), Uint8Array.of(0x52, 0xae));
const LONGEST = bytes(520, 0x61);
const PROGRAM = witnessScript(0, hash160(KEY))!;
const NESTED_MULTISIG = witnessScript(0, sha256(MULTISIG))!;
const TOKEN = concatBytes(Uint8Array.of(0xef), bytes(32), Uint8Array.of(0x10, 5));

const legacy = (...parts: Uint8Array[]): UnlockingInput => ({ unlockingScript: concatBytes(...parts), witness: [] });
const segwit = (...witness: Uint8Array[]): UnlockingInput => ({ unlockingScript: NOTHING, witness });
const nested = (program: Uint8Array, ...witness: Uint8Array[]) => ({ unlockingScript: push(program), witness });

/** Locking scripts, and inputs that reveal what gives them. */
const REVEALED: Record<string, readonly [Uint8Array, UnlockingInput]> = {
  P2PKH: [p2pkh(hash160(KEY)), legacy(push(SIGNATURE), push(KEY))],
  'P2PKH of an uncompressed key': [p2pkh(hash160(UNCOMPRESSED)), legacy(push(SIGNATURE), push(UNCOMPRESSED))],
  'P2PKH of a hybrid key': [p2pkh(hash160(HYBRID)), legacy(push(SIGNATURE), push(HYBRID))],
  'P2PKH, a push that is not minimal': [
    p2pkh(hash160(KEY)),
    legacy(push(SIGNATURE), Uint8Array.of(0x4e, 33, 0, 0, 0), KEY),
  ],
  'P2PKH, a push too many before the key': [p2pkh(hash160(KEY)), legacy(Uint8Array.of(0x51, 0), push(KEY))],
  'P2PKH with a witness that means nothing': [
    p2pkh(hash160(KEY)),
    { ...legacy(push(SIGNATURE), push(KEY)), witness: [OTHER_KEY] },
  ],
  P2SH: [p2sh(hash160(MULTISIG)), legacy(Uint8Array.of(0), push(SIGNATURE), push(MULTISIG))],
  'P2SH of the longest script': [p2sh(hash160(LONGEST)), legacy(push(LONGEST))],
  'P2SH of an empty script': [p2sh(hash160(NOTHING)), legacy(Uint8Array.of(0x51, 0))],
  'P2SH of a script that OP_1 pushes': [p2sh(hash160(Uint8Array.of(1))), legacy(Uint8Array.of(0, 0x51))],
  'P2SH-P2WPKH': [p2sh(hash160(PROGRAM)), nested(PROGRAM, SIGNATURE, KEY)],
  'P2SH-P2WSH': [p2sh(hash160(NESTED_MULTISIG)), nested(NESTED_MULTISIG, NOTHING, SIGNATURE, MULTISIG)],
  P2SH32: [p2sh(hash256(MULTISIG)), legacy(push(SIGNATURE), push(MULTISIG))],
  P2WPKH: [PROGRAM, segwit(SIGNATURE, KEY)],
  P2WSH: [NESTED_MULTISIG, segwit(NOTHING, SIGNATURE, MULTISIG)],
  'P2WSH of a long script': [witnessScript(0, sha256(LONGEST))!, segwit(LONGEST)],
};

/** Locking scripts and inputs that do not give them, though some nearly do. */
const STORED: Record<string, readonly [Uint8Array, UnlockingInput]> = {
  'P2PKH, another key': [p2pkh(hash160(KEY)), legacy(push(SIGNATURE), push(OTHER_KEY))],
  'P2PKH, a push after the key': [p2pkh(hash160(KEY)), legacy(push(KEY), push(SIGNATURE))],
  'P2PKH, OP_0 after the key': [p2pkh(hash160(KEY)), legacy(push(KEY), Uint8Array.of(0))],
  'P2PKH, an opcode after the key': [p2pkh(hash160(KEY)), legacy(push(KEY), Uint8Array.of(0x61))],
  'P2PKH, a key that is cut off': [p2pkh(hash160(KEY)), legacy(push(SIGNATURE), push(KEY).subarray(0, 33))],
  'P2PKH, nothing': [p2pkh(hash160(KEY)), legacy()],
  'P2PKH, the key in the witness': [p2pkh(hash160(KEY)), segwit(SIGNATURE, KEY)],
  'P2PKH, too many pushes to look for the last one': [p2pkh(hash160(KEY)), legacy(bytes(1_000, 0), push(KEY))],
  'P2PKH with an opcode too many': [concatBytes(p2pkh(hash160(KEY)), Uint8Array.of(0x61)), legacy(push(KEY))],
  'P2SH, another script': [p2sh(hash160(MULTISIG)), legacy(push(LONGEST))],
  'P2SH, the script in the witness': [p2sh(hash160(MULTISIG)), segwit(MULTISIG)],
  'P2WPKH, no witness': [PROGRAM, legacy()],
  'P2WPKH, the key in the unlocking script': [PROGRAM, legacy(push(KEY))],
  'P2WPKH, an item after the key': [PROGRAM, segwit(KEY, SIGNATURE)],
  'P2WSH, an empty item': [NESTED_MULTISIG, segwit(NOTHING)],
  'P2WSH of a hash of 20 bytes': [concatBytes(PROGRAM, bytes(12)), segwit(KEY)],
  'a program of version 1': [witnessScript(1, sha256(MULTISIG))!, segwit(MULTISIG)],
  P2PK: [concatBytes(push(KEY), Uint8Array.of(0xac)), legacy(push(SIGNATURE))],
  'an empty script': [NOTHING, legacy(Uint8Array.of(0x51))],
  'a long script': [bytes(300, 0x61), legacy(push(KEY))],
  'P2PKH after tokens': [concatBytes(TOKEN, p2pkh(hash160(KEY))), legacy(push(SIGNATURE), push(KEY))],
};

const ALL = [...Object.values(REVEALED), ...Object.values(STORED)];

it.each(Object.entries(REVEALED))('the script is not stored: %s', (_, [script, input]) => {
  const { undoLength, read } = storedOf(spending(input), [{ value: 5, script }]);
  expect(undoLength).toBe(2);
  expect(read).toEqual([{ value: 5, script, lockingScript: script, token: null }]);
});

it.each(Object.entries(STORED))('the script is stored: %s', (_, [script, input]) => {
  const { undoLength, read } = storedOf(spending(input), [{ value: 5, script }], BTC);
  expect(undoLength).toBe(script.length < 0xf0 ? 2 + script.length : 4 + script.length);
  expect(read).toEqual([{ value: 5, script, lockingScript: script, token: null }]);
});

it('any scripts, and outputs that are not known, are read as they were written', () => {
  const locks = fc.oneof(fc.constantFrom(...ALL.map(([script]) => script)), fc.uint8Array({ maxLength: 40 }));
  const inputs = fc.constantFrom(...ALL.map(([, input]) => input));
  const pair = fc.oneof(fc.constantFrom(...ALL), fc.tuple(locks, inputs));
  const value = fc.oneof(fc.nat(300), fc.nat(Number.MAX_SAFE_INTEGER - 1));
  const spends = fc.array(fc.tuple(pair, fc.option(value)), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(spends, fc.constantFrom(BTC, BCH), (all, network) => {
      const inputs = all.map(([[, input]]) => (network.segwit ? input : { ...input, witness: [] }));
      const transaction = transactionFromBytes(rawTransaction(inputs), network);
      const spent = all.map(([[script], value]) => (value === null ? null : { value, script }));
      expect(storedOf(transaction, spent, network).read).toEqual(expected(spent, network));
    }),
    { numRuns: RUNS },
  );
});

it('a coinbase spends nothing', () => {
  const [coinbase] = parseBlock(legacyBlock(), BTC).transactions;
  expect(storedOf(coinbase!, [])).toEqual({ undoLength: 0, read: [] });
});

it('a script is derived once', () => {
  const [script, input] = REVEALED.P2PKH!;
  const [output] = written(spending(input), [{ value: 5, script }], BTC).read.spent;
  expect(output!.script).toBe(output!.lockingScript);
});

describe('published transactions', () => {
  it('mainnet block 357238: the outputs that it creates and spends take less than their scripts', () => {
    const { transactions } = parseBlock(legacyBlock(), BTC);
    const created = new Map(transactions.map((transaction) => [mapKey(transaction.txid), transaction]));
    let [scripts, stored] = [0, 0];
    for (const transaction of transactions) {
      const spent = transaction.inputs.map(({ previousTxid, previousIndex }) => {
        const output = created.get(mapKey(previousTxid))?.outputs[previousIndex];
        return output === undefined ? null : { value: output.value, script: output.script };
      });
      const { read, undoLength } = storedOf(transaction, spent);
      expect(read).toEqual(expected(spent, BTC));
      for (const output of spent) scripts += output?.script.length ?? 0;
      stored += undoLength;
    }
    expect(stored).toBeLessThan(scripts);
  });

  it("Core's script_assets_test.json: whatever unlocks a hash reveals it, and what fails is read as well", () => {
    const seen = new Set<string>();
    for (const { prevouts, index, success, failure } of scriptAssets()) {
      const script = new ByteReader(fromHex(prevouts[index]!), 8);
      const output = { value: 5, script: script.bytes(script.compactSize()) };
      const type = scriptType(output.script, BTC);
      for (const unlocking of [success, failure]) {
        if (unlocking === undefined) continue;
        const { scriptSig, witness } = unlocking;
        const input = { unlockingScript: fromHex(scriptSig), witness: witness.map(fromHex) };
        const { read, undoLength } = storedOf(spending(input), [output]);
        expect(read).toEqual(expected([output], BTC));
        if (unlocking !== success || !HASHED.has(type)) continue;
        expect(undoLength).toBe(2);
        seen.add(type);
      }
    }
    expect(seen).toEqual(HASHED);
  });
});

const HASHED: ReadonlySet<string> = new Set(['P2PKH', 'P2SH', 'P2WPKH', 'P2WSH']);

interface Unlocking {
  readonly scriptSig: string;
  readonly witness: readonly string[];
}

interface ScriptAsset {
  readonly prevouts: readonly string[];
  readonly index: number;
  readonly success?: Unlocking;
  readonly failure?: Unlocking;
}

function scriptAssets(): readonly ScriptAsset[] {
  const path = createRequire(import.meta.url)
    .resolve('bitcore-lib')
    .replace(/index\.js$/, 'test/data/bitcoind/script_assets_test.json');
  return JSON.parse(readFileSync(path, 'utf8'));
}

function spending(input: UnlockingInput): Transaction {
  return transactionFromBytes(rawTransaction([input]), BTC);
}

/** What is read again, with plain fields, and how many bytes hold it. */
function storedOf(transaction: Transaction, spent: readonly (SpentOutput | null)[], network = BTC) {
  const { read, undoLength } = written(transaction, spent, network);
  const outputs = read.spent.map(
    (output) =>
      output && {
        value: output.value,
        script: output.script,
        lockingScript: output.lockingScript,
        token: output.token,
      },
  );
  return { read: outputs, undoLength };
}

function written(transaction: Transaction, spent: readonly (SpentOutput | null)[], network: Network) {
  const rows = new RowPacker();
  addTransaction(bytes(8), { transaction, spent }, { transactions: rows, payloads: new RowPacker() });
  const row = rowAt(rows.finish(), 0);
  return { read: inlineTransaction(row, network)!, undoLength: new ByteReader(row.value, 1).compactSize() };
}

function expected(spent: readonly (SpentOutput | null)[], network: Network) {
  return spent.map((output) => output && knownOutput(output, network));
}
