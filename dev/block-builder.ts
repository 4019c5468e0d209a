import { randomBytes } from 'node:crypto';
import { RawTx, Script } from '@scure/btc-signer';
import { ByteWriter } from '../src/chain/byte-writer.ts';
import { concatBytes, hashFromHex, hashToHex, toHex } from '../src/chain/bytes.ts';
import { hash256 } from '../src/chain/hash.ts';
import { HEADER_SIZE, targetFromBits } from '../src/chain/header.ts';
import { merkleRoot } from '../src/chain/merkle.ts';
import { networkById } from '../src/chain/networks.ts';
import { OP_RETURN } from '../src/chain/script.ts';
import { type Transaction, transactionFromBytes } from '../src/chain/transaction.ts';
import type { BlockTemplate, HeaderAnswer } from './core-calls.ts';
import { MINER } from './lock.ts';

export interface BuiltBlock {
  readonly hash: string;
  readonly hex: string;
}

const REGTEST = networkById('btc-regtest');
const FIRST_SUBSIDY = 50e8;
/** Number of blocks on regtest after which the subsidy is halved. */
const HALVING = 150;
/** BIP141: the start of the coinbase output that commits to the witnesses of the block. */
const COMMITMENT = Uint8Array.of(OP_RETURN, 0x24, 0xaa, 0x21, 0xa9, 0xed);
const NO_HASH = new Uint8Array(32);

/** A block on top of any parent, valid by regtest's rules, with a coinbase to the miner and these transactions in their order. */
export function buildBlock(
  parent: HeaderAnswer,
  template: BlockTemplate,
  transactions: readonly Transaction[],
): BuiltBlock {
  const coinbase = coinbaseOf(parent.height + 1, transactions);
  const all = [coinbase, ...transactions];
  const header = grind(
    new ByteWriter(HEADER_SIZE)
      .i32(template.version)
      .bytes(hashFromHex(parent.hash))
      .bytes(merkleRoot(all.map(({ txid }) => txid)))
      .u32(Math.max(template.curtime, parent.mediantime + 1))
      .u32(Number.parseInt(template.bits, 16))
      .finish(),
  );
  const block = new ByteWriter().bytes(header).compactSize(all.length);
  for (const { bytes } of all) block.bytes(bytes);
  return { hash: hashToHex(hash256(header)), hex: toHex(block.finish()) };
}

/** No two coinbases are equal, so blocks on the same parent differ. It claims no fees. */
function coinbaseOf(height: number, transactions: readonly Transaction[]): Transaction {
  const witnessRoot = merkleRoot([NO_HASH, ...transactions.map(({ wtxid }) => wtxid)]);
  const commitment = concatBytes(COMMITMENT, hash256(concatBytes(witnessRoot, NO_HASH)));
  const bytes = RawTx.encode({
    version: 2,
    lockTime: 0,
    segwitFlag: true,
    inputs: [
      {
        txid: NO_HASH,
        index: 0xffff_ffff,
        // BIP34: the height comes first.
        finalScriptSig: Script.encode([height, randomBytes(8)]),
        sequence: 0xffff_ffff,
      },
    ],
    outputs: [
      { amount: BigInt(Math.floor(FIRST_SUBSIDY / 2 ** Math.floor(height / HALVING))), script: MINER.script },
      { amount: 0n, script: commitment },
    ],
    witnesses: [[NO_HASH]],
  });
  return transactionFromBytes(bytes, REGTEST);
}

/** The header with the first nonce whose hash meets the target. On regtest every second nonce does. */
function grind(headerWithoutNonce: Uint8Array): Uint8Array {
  const bits = new DataView(headerWithoutNonce.buffer, headerWithoutNonce.byteOffset).getUint32(72, true);
  const target = targetFromBits(bits);
  for (let nonce = 0; ; nonce++) {
    const header = new ByteWriter(HEADER_SIZE).bytes(headerWithoutNonce).u32(nonce).finish();
    if (BigInt(`0x${hashToHex(hash256(header))}`) <= target) return header;
  }
}
