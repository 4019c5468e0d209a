import { ByteReader, ByteWriter } from '../../chain/bytes.ts';

/** The value of a `lock` posting: what one transaction pays to and spends from a locking script, in satoshis. */
export interface LockSums {
  readonly received: number;
  readonly spent: number;
}

export function encodeLockSums({ received, spent }: LockSums): Uint8Array {
  return new ByteWriter(18).compactSize(received).compactSize(spent).finish();
}

export function decodeLockSums(bytes: Uint8Array): LockSums {
  const reader = new ByteReader(bytes);
  return { received: reader.compactSize(), spent: reader.compactSize() };
}

/** The value of a token posting: the push's length; null where pushes of several lengths share the key. */
export function encodeTokenLength(length: number | null): Uint8Array {
  return length === null ? new Uint8Array(0) : new ByteWriter(9).compactSize(length).finish();
}

export function decodeTokenLength(bytes: Uint8Array): number | null {
  return bytes.length === 0 ? null : new ByteReader(bytes).compactSize();
}
