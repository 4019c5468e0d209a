import { ByteReader, type ByteWriter } from '../../chain/bytes.ts';

/** The value of a `lock` posting: what one transaction pays to and spends from a locking script, in satoshis. */
export interface LockSums {
  /** Null where it pays nothing that can be spent, which is not the same as an output of no value. */
  readonly received: number | null;
  readonly spent: number;
}

/** Layout: received + 1 (0 for null), spent. */
export function writeLockSums(received: number | null, spent: number, writer: ByteWriter): void {
  writer.compactSize(received === null ? 0 : received + 1).compactSize(spent);
}

export function decodeLockSums(bytes: Uint8Array): LockSums {
  const reader = new ByteReader(bytes);
  const received = reader.compactSize();
  return { received: received === 0 ? null : received - 1, spent: reader.compactSize() };
}

/** The value of a token posting: the push's length; empty where pushes of several lengths share the key. */
export function writeTokenLength(length: number | null, writer: ByteWriter): void {
  if (length !== null) writer.compactSize(length);
}

export function decodeTokenLength(bytes: Uint8Array): number | null {
  return bytes.length === 0 ? null : new ByteReader(bytes).compactSize();
}

export function writeFirstSeen(seconds: number | null, writer: ByteWriter): void {
  if (seconds !== null) writer.u32(seconds);
}

/** The value of a `txid` posting: when the node took the transaction into its mempool, in unix seconds; empty where unknown. */
export function decodeFirstSeen(bytes: Uint8Array): number | null {
  return bytes.length === 0 ? null : new ByteReader(bytes).u32();
}
