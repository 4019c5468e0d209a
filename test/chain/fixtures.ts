import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Transaction as ReferenceTransaction, script as referenceScript } from 'bitcoinjs-lib';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { ByteReader, concatBytes, fromHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { merkleRoot } from '../../src/chain/merkle.ts';
import { Random } from './random.ts';

const resolve = createRequire(import.meta.url).resolve;

/** Mainnet block 357238: 369 transactions, from before SegWit. */
export function legacyBlock(): Uint8Array {
  return fromHex(JSON.parse(readFileSync(packaged('benchmark/block-357238.json'), 'utf8')));
}

/** Testnet block 86756: 22 transactions. Its file is a block file: magic and length precede the block. */
export function testnetBlock(): Uint8Array {
  const file = new ByteReader(new Uint8Array(readFileSync(packaged('test/data/blk86756-testnet.dat'))), 4);
  return file.bytes(file.u32());
}

function packaged(path: string): string {
  return resolve('bitcore-lib').replace(/index\.js$/, path);
}

/** How an output is spent in the made-up block: script and witness have real shapes; keys and signatures are random. */
interface Spend {
  readonly unlockingScript: Uint8Array;
  readonly witness: Uint8Array[];
}

const EMPTY = new Uint8Array(0);

const signature = (random: Random) =>
  concatBytes(Uint8Array.of(0x30), random.bytes(70 + random.below(2)), Uint8Array.of(1));
const publicKey = (random: Random) => concatBytes(Uint8Array.of(2 + random.below(2)), random.bytes(32));

function twoOfThree(random: Random): Uint8Array {
  const keys = [publicKey(random), publicKey(random), publicKey(random)];
  return referenceScript.compile([0x52, ...keys, 0x53, 0xae]);
}

const SPENDS: readonly (readonly [number, (random: Random) => Spend])[] = [
  [35, (random) => ({ unlockingScript: EMPTY, witness: [signature(random), publicKey(random)] })],
  [
    25,
    (random) => ({
      unlockingScript: referenceScript.compile([concatBytes(Uint8Array.of(0, 20), random.bytes(20))]),
      witness: [signature(random), publicKey(random)],
    }),
  ],
  [
    25,
    (random) => ({
      unlockingScript: EMPTY,
      witness: [EMPTY, signature(random), signature(random), twoOfThree(random)],
    }),
  ],
  [5, (random) => ({ unlockingScript: EMPTY, witness: [random.bytes(64)] })],
  [10, (random) => ({ unlockingScript: referenceScript.compile([signature(random), publicKey(random)]), witness: [] })],
];

const LOCKS: readonly (readonly [number, (random: Random) => Uint8Array])[] = [
  [40, (random) => concatBytes(Uint8Array.of(0, 20), random.bytes(20))],
  [10, (random) => concatBytes(Uint8Array.of(0, 32), random.bytes(32))],
  [10, (random) => concatBytes(Uint8Array.of(0x51, 32), random.bytes(32))],
  [20, (random) => concatBytes(Uint8Array.of(0xa9, 20), random.bytes(20), Uint8Array.of(0x87))],
  [18, (random) => concatBytes(Uint8Array.of(0x76, 0xa9, 20), random.bytes(20), Uint8Array.of(0x88, 0xac))],
  [2, (random) => concatBytes(Uint8Array.of(0x6a, 40), random.bytes(40))],
];

/** A block of made-up SegWit transactions in a realistic mix, the same for the same count; serialized by bitcoinjs-lib. */
export function segwitBlock(count: number): Uint8Array {
  const random = new Random(count);
  const transactions = [coinbase(random)];
  while (transactions.length < count) transactions.push(payment(random));
  return blockOf(transactions.map((transaction) => transaction.toBuffer()));
}

function payment(random: Random): ReferenceTransaction {
  const transaction = new ReferenceTransaction();
  transaction.version = 2;
  const inputs = 1 + random.below(3);
  for (let i = 0; i < inputs; i++) {
    const { unlockingScript, witness } = random.weighted(SPENDS)(random);
    transaction.addInput(random.bytes(32), random.below(5), 0xffff_fffd, unlockingScript);
    transaction.setWitness(i, witness);
  }
  const outputs = 1 + random.below(4);
  for (let i = 0; i < outputs; i++) {
    transaction.addOutput(random.weighted(LOCKS)(random), BigInt(random.below(1_000_000_000)));
  }
  return transaction;
}

function coinbase(random: Random): ReferenceTransaction {
  const transaction = new ReferenceTransaction();
  transaction.addInput(new Uint8Array(32), 0xffff_ffff, 0xffff_ffff, random.bytes(60));
  transaction.setWitness(0, [new Uint8Array(32)]);
  transaction.addOutput(random.weighted(LOCKS)(random), 625_000_000n);
  transaction.addOutput(concatBytes(fromHex('6a24aa21a9ed'), random.bytes(32)), 0n);
  return transaction;
}

/** A block with these serialized transactions. Its merkle root is over them as they are, not over their txids. */
export function blockOf(transactions: readonly Uint8Array[]): Uint8Array {
  const header = new ByteWriter(80)
    .i32(0x2000_0000)
    .bytes(new Uint8Array(32))
    .bytes(merkleRoot(transactions.map(hash256)))
    .u32(1_630_000_000)
    .u32(0x170f_48e4)
    .u32(0)
    .finish();
  const count = new ByteWriter(9).compactSize(transactions.length).finish();
  return concatBytes(header, count, ...transactions);
}
