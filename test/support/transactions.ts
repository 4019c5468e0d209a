import { ByteWriter } from '../../src/chain/byte-writer.ts';
import type { Network } from '../../src/chain/networks.ts';
import { type Transaction, transactionFromBytes } from '../../src/chain/transaction.ts';

/** A transaction with one input (of an unknown outpoint) and one output that carries the data in one push. */
export function dataTransaction(data: Uint8Array, network: Network): Transaction {
  const script = new ByteWriter(data.length + 8).u8(0x00).u8(0x6a).u8(0x4e).u32(data.length).bytes(data).finish();
  const bytes = new ByteWriter(script.length + 80)
    .u32(1)
    .compactSize(1)
    .bytes(new Uint8Array(32).fill(7))
    .u32(0)
    .compactSize(0)
    .u32(0xffff_ffff)
    .compactSize(1)
    .u64(0)
    .compactSize(script.length)
    .bytes(script)
    .u32(0)
    .finish();
  return transactionFromBytes(bytes, network);
}
