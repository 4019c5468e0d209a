import fc from 'fast-check';
import { expect, it } from 'vitest';
import { concatBytes, fromHex, toHex } from '../../src/chain/bytes.ts';
import { sha256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { MAX_SCRIPT_PUSHES } from '../../src/chain/script-data.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { contentPostings, familyPostings } from '../../src/store/content-postings.ts';
import { EVERY_FAMILY, KIND_NAMES, POSTING_KINDS } from '../../src/store/postings.ts';
import { push } from '../chain/unlocking.ts';
import { dataScript, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';

const NETWORK = networkById('bch-mainnet');
const INPUT = { txid: new Uint8Array(32).fill(1), index: 0 };

/** A script, with what can be found in it by the naive reading of its parts. */
interface Told {
  readonly script: Uint8Array;
  readonly data: readonly Uint8Array[];
  readonly pushes: readonly Uint8Array[];
  readonly plain: readonly Uint8Array[];
  readonly token: { readonly category: Uint8Array; readonly commitment: Uint8Array } | null;
}

const NONE = { data: [], pushes: [], plain: [], token: null };

const word = fc.uint8Array({ maxLength: 40 });
/** An opcode that pushes nothing, or a number. */
const opcode = fc.constantFrom(0x4f, 0x51, 0x60, 0x61, 0x63, 0x6a, 0x75, 0xac);
const element = fc.oneof(
  word.map((data) => ({ script: push(data), data })),
  opcode.map((code) => ({ script: Uint8Array.of(code), data: null })),
);
const plain: fc.Arbitrary<Told> = fc.array(element, { maxLength: 130 }).map((elements) => {
  // OP_NOP first, so that it is neither a data output nor one with an address.
  const script = concatBytes(Uint8Array.of(0x61), ...elements.map((element) => element.script));
  const pushes = elements.flatMap(({ data }) => (data === null || data.length < 2 ? [] : [data]));
  return { ...NONE, script, plain: [script], pushes: pushes.slice(0, MAX_SCRIPT_PUSHES) };
});
const data: fc.Arbitrary<Told> = fc
  .array(word, { maxLength: 5 })
  .map((words) => ({ ...NONE, script: dataScript(words), data: words }));
const address: fc.Arbitrary<Told> = fc.nat(255).map((key) => ({ ...NONE, script: p2pkhScript(key) }));
const token: fc.Arbitrary<Told> = fc
  .tuple(fc.uint8Array({ minLength: 32, maxLength: 32 }), word, fc.oneof(plain, address))
  .map(([category, commitment, locking]) => {
    const nft = commitment.length === 0 ? Uint8Array.of(0x20) : concatBytes(Uint8Array.of(0x60), push(commitment));
    const script = concatBytes(Uint8Array.of(0xef), category, nft, locking.script);
    return { ...locking, script, token: { category, commitment } };
  });

/** The postings of some bytes on each rung, as the table of postings describes them: their length, or none if lengths differ. */
function addRungs(stem: string, bytes: Uint8Array, postings: Map<string, number | null>): void {
  const next = [4, 8, 32].find((rung) => rung >= bytes.length);
  for (const rung of [4, 8, 32]) {
    if (rung > bytes.length && rung !== next) continue;
    const name = `${stem}${rung} ${toHex(bytes.slice(0, rung)).padEnd(2 * rung, '0')}`;
    const before = postings.get(name);
    postings.set(name, before === undefined || before === bytes.length ? bytes.length : null);
  }
}

function naively(outputs: readonly Told[]): Map<string, number | null> {
  const postings = new Map<string, number | null>();
  for (const { data, pushes, plain, token } of outputs) {
    for (const bytes of data) addRungs('data', bytes, postings);
    for (const bytes of pushes) addRungs('push', bytes, postings);
    for (const bytes of plain) addRungs('script', bytes, postings);
    if (token === null) continue;
    const { category, commitment } = token;
    postings.set(`category ${toHex(category.slice(0, 16))}`, null);
    const hash = sha256(concatBytes(category, commitment)).slice(0, 20);
    if (commitment.length > 0) postings.set(`commitment ${toHex(hash)}`, null);
  }
  return postings;
}

function named({ prefix, length }: { prefix: Uint8Array; length: number | null }): [string, number | null] {
  const kind = KIND_NAMES.find((name) => POSTING_KINDS[name].tag === prefix[0]);
  return [`${kind} ${toHex(prefix.slice(1))}`, length];
}

const sorted = (postings: Iterable<[string, number | null]>) => [...postings].sort(([a], [b]) => (a < b ? -1 : 1));

it('are those that a naive reading of the outputs finds', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(plain, data, address, token), { maxLength: 6 }), (told) => {
      const outputs = told.map(({ script }) => ({ value: 1, script }));
      const transaction = transactionFromBytes(encodeTransaction([INPUT], outputs), NETWORK);
      const found = sorted(Array.from(contentPostings(transaction, NETWORK, EVERY_FAMILY), named));
      const expected = naively(told);
      expect(found).toEqual(sorted(expected));
      const ofFamilies = sorted(Array.from(familyPostings(transaction, NETWORK, EVERY_FAMILY), named));
      expect(ofFamilies).toEqual(found.filter(([name]) => !name.startsWith('data')));
      const without = sorted(Array.from(contentPostings(transaction, NETWORK, new Set()), named));
      expect(without).toEqual(found.filter(([name]) => name.startsWith('data')));
    }),
  );
});

it('are made of data in inputs only if the index has that family', () => {
  const unlockingScript = push(new TextEncoder().encode('hello world'));
  const transaction = transactionFromBytes(encodeTransaction([{ ...INPUT, unlockingScript }], []), NETWORK);
  const found = Array.from(contentPostings(transaction, NETWORK, new Set(['inputs'])), named);
  // The last push may be a redeem script, but this one cannot be read as one.
  const expected = new Map<string, number | null>();
  addRungs('input', unlockingScript.slice(1), expected);
  expect(sorted(found)).toEqual(sorted(expected));
  expect([...contentPostings(transaction, NETWORK, new Set(['tokens', 'scripts']))]).toEqual([]);
});

it('find 1Sat envelopes, and data after a payment', () => {
  const envelope = fromHex('0063036f726451126170706c69636174696f6e2f6273762d323000');
  const script = concatBytes(p2pkhScript(7), envelope, push(new TextEncoder().encode('{"p":"bsv-20"}')), fromHex('68'));
  const network = networkById('bsv-mainnet');
  const transaction = transactionFromBytes(encodeTransaction([INPUT], [{ value: 1, script }]), network);
  const names = Array.from(familyPostings(transaction, network, EVERY_FAMILY), (posting) => named(posting)[0]);
  expect(names).toContain(`push4 ${toHex(new TextEncoder().encode('ord'))}00`);
  expect(names).toContain(`push8 ${toHex(new TextEncoder().encode('{"p":"bs'))}`);
  expect(names).toContain(`script4 76a91407`);
});
