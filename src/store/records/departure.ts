import { ByteReader, ByteWriter, hashFromHex, hashToHex } from '../../chain/bytes.ts';

/** Why a transaction is no longer pending. */
export const REMOVAL_REASONS = [
  /** It is in a block. */
  'mined',
  /** A transaction that pays more and spends an output of it took its place (BIP 125). */
  'replaced',
  /** A block holds another transaction that spends an output of it. */
  'conflict',
  /** The node's mempool was full, and it paid too little. */
  'evicted',
  /** It waited for too long. */
  'expired',
  /** A reorganisation took the block that it, or something that it depends on, was in. */
  'reorganised',
  /** The node found it, or what it depends on, invalid. */
  'invalid',
  /** The node does not say. */
  'unknown',
] as const;
export type RemovalReason = (typeof REMOVAL_REASONS)[number];

/** How a transaction stopped being pending. */
export interface Departure {
  /** Of the commit that took it away, in the epoch that the row's key names. */
  readonly counter: number;
  /** In milliseconds since 1970. */
  readonly at: number;
  readonly reason: RemovalReason;
  /** The transaction that replaced it or that it conflicts with, in display-order hex; null if there is none. */
  readonly by: string | null;
}

/** Layout: counter, time, reason (1), nothing or a txid (32). */
export function encodeDeparture({ counter, at, reason, by }: Departure): Uint8Array {
  const writer = new ByteWriter(64).compactSize(counter).compactSize(at).u8(REMOVAL_REASONS.indexOf(reason));
  if (by !== null) writer.bytes(hashFromHex(by));
  return writer.finish();
}

export function decodeDeparture(bytes: Uint8Array): Departure {
  const reader = new ByteReader(bytes);
  return {
    counter: reader.compactSize(),
    at: reader.compactSize(),
    // A reason of a newer version is one that this one does not know.
    reason: REMOVAL_REASONS[reader.u8()] ?? 'unknown',
    by: reader.remaining === 0 ? null : hashToHex(reader.bytes(32)),
  };
}
