import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, fromHex, toHex } from '../../src/chain/bytes.ts';
import { inputData, MAX_INPUT_DATA } from '../../src/chain/input-data.ts';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { push, rawTransaction } from './unlocking.ts';

const NETWORK = networkById('btc-mainnet');
const NULL_TXID = new Uint8Array(32);

/** What is found in one input, as text. */
const found = (raw: Uint8Array) =>
  inputData(transactionFromBytes(raw, NETWORK)).map(({ input, place, data }) => `${input} ${place} ${toHex(data)}`);

const bytes = (length: number, value = 0xaa) => new Uint8Array(length).fill(value);
const utf8 = (text: string) => new TextEncoder().encode(text);
const hex = (text: string) => toHex(utf8(text));
const DER = concatBytes(fromHex('3006020101020101'), Uint8Array.of(0x41));
const KEY = concatBytes(Uint8Array.of(0x02), bytes(32));
const CONTROL_BLOCK = concatBytes(Uint8Array.of(0xc1), bytes(64));
const MULTISIG = concatBytes(Uint8Array.of(0x51), push(KEY), push(KEY), Uint8Array.of(0x52, 0xae));

describe('the data in inputs', () => {
  it('is empty if a signature and a key, a key path or a multisig script unlock', () => {
    const unlocking = { unlockingScript: concatBytes(push(DER), push(KEY)), witness: [] };
    const uncompressed = {
      unlockingScript: concatBytes(push(DER), push(concatBytes(Uint8Array.of(4), bytes(64)))),
      witness: [],
    };
    const schnorr = { unlockingScript: concatBytes(push(bytes(65)), push(KEY)), witness: [] };
    const p2wpkh = { unlockingScript: bytes(0), witness: [DER, KEY] };
    const nested = { unlockingScript: push(concatBytes(Uint8Array.of(0x00, 20), bytes(20))), witness: [DER, KEY] };
    const keyPath = { unlockingScript: bytes(0), witness: [bytes(64)] };
    const p2sh = { unlockingScript: concatBytes(Uint8Array.of(0), push(DER), push(MULTISIG)), witness: [] };
    const p2wsh = { unlockingScript: bytes(0), witness: [bytes(0), DER, MULTISIG] };
    for (const input of [unlocking, uncompressed, schnorr, p2wpkh, nested, keyPath, p2sh, p2wsh]) {
      expect(found(rawTransaction([input]))).toEqual([]);
    }
  });

  it('is the content of an inscription', () => {
    const envelope = concatBytes(fromHex('0063'), push(utf8('ord')), fromHex('0101'), push(utf8('text/plain')));
    const script = concatBytes(
      push(bytes(32)),
      fromHex('ac'),
      envelope,
      fromHex('00'),
      push(utf8('hello')),
      fromHex('68'),
    );
    const input = { unlockingScript: bytes(0), witness: [bytes(64), script, CONTROL_BLOCK] };
    const other = { unlockingScript: bytes(0), witness: [DER, KEY] };
    expect(found(rawTransaction([other, input]))).toEqual([
      `1 witness ${toHex(script)}`,
      `1 revealedScript ${hex('ord')}`,
      `1 revealedScript ${hex('text/plain')}`,
      `1 revealedScript ${hex('hello')}`,
    ]);
    const annexed = { ...input, witness: [...input.witness, concatBytes(Uint8Array.of(0x50), utf8('annex'))] };
    expect(found(rawTransaction([annexed])).at(-1)).toBe(`0 witness 50${hex('annex')}`);
  });

  it('is the arguments of a contract, and the pushes of its redeem script', () => {
    const redeem = concatBytes(fromHex('a8'), push(bytes(32, 7)), fromHex('8821'), KEY, fromHex('ac'));
    const input = { unlockingScript: concatBytes(push(DER), push(utf8('preimage')), push(redeem)), witness: [] };
    const expected = [
      `unlockingScript ${hex('preimage')}`,
      `unlockingScript ${toHex(redeem)}`,
      `revealedScript ${toHex(bytes(32, 7))}`,
    ];
    expect(found(rawTransaction([input]))).toEqual(expected.map((line) => `0 ${line}`));
    const witness = { unlockingScript: bytes(0), witness: [DER, utf8('preimage'), redeem] };
    expect(found(rawTransaction([witness]))).toEqual(
      expected.map((line) => `0 ${line.replace('unlockingScript', 'witness')}`),
    );
  });

  it("is a miner's text in any form, without the witness of the coinbase", () => {
    const coinbase = { txid: NULL_TXID, index: 0xffff_ffff, witness: [] };
    const times = 'The Times 03/Jan/2009 Chancellor on brink of second bailout for banks';
    const genesis = { ...coinbase, unlockingScript: concatBytes(fromHex('04ffff001d0104'), push(utf8(times))) };
    expect(found(rawTransaction([genesis]))).toEqual(['0 unlockingScript ffff001d', `0 unlockingScript ${hex(times)}`]);
    const tail = {
      ...coinbase,
      unlockingScript: concatBytes(push(bytes(4)), utf8('/pool/')),
      witness: [bytes(32)],
    };
    expect(found(rawTransaction([tail]))).toEqual([
      `0 unlockingScript ${toHex(bytes(4))}`,
      `0 unlockingScript ${hex('/pool/')}`,
    ]);
  });

  it('has a bound for each transaction', () => {
    const script = concatBytes(...Array.from({ length: 700 }, (_, i) => push(new ByteWriter().u32(i).finish())));
    const input = { unlockingScript: bytes(0), witness: [concatBytes(fromHex('00'), script)] };
    const data = found(rawTransaction([input, input, input]));
    expect(data).toHaveLength(MAX_INPUT_DATA);
    expect(data.filter((line) => line.startsWith('0 '))).toHaveLength(701);
  });

  it('never fails, whatever the bytes are', () => {
    const item = fc.uint8Array({ maxLength: 120 });
    const input = fc.record({ unlockingScript: item, witness: fc.array(item, { maxLength: 4 }) });
    fc.assert(
      fc.property(fc.array(input, { minLength: 1, maxLength: 3 }), (inputs) => {
        const all = inputs.map(({ unlockingScript, witness }) => concatBytes(unlockingScript, ...witness)).map(toHex);
        for (const line of found(rawTransaction(inputs))) {
          const [at, , data] = line.split(' ');
          expect(all[Number(at)]).toContain(data);
        }
      }),
    );
  });
});
