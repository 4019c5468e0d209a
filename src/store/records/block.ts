import { ByteReader, ByteWriter, fromHex, toHex } from '../../chain/bytes.ts';
import { type BlockHeader, parseHeader } from '../../chain/header.ts';

/**
 * A block's identity and place: what is known before its transactions are. Writing it under the next free
 * (height, fork) is what gives the block its fork.
 */
export interface BlockRecord {
  /** Internal byte order. */
  readonly hash: Uint8Array;
  readonly header: BlockHeader;
  /** Work of the whole chain up to this block; null where it is not known what came before. */
  readonly chainWork: bigint | null;
  /** Median time past, in seconds: never goes backwards along a chain. Null as above. */
  readonly medianTime: number | null;
  /** The highest header time from the start of the index to this block: with the median, finds blocks by time. */
  readonly maxTime: number;
}

/** Layout: hash (32), header (80), chain work (32, big-endian), median time (4), highest time (4); 0 for null. */
export function encodeBlock({ hash, header, chainWork, medianTime, maxTime }: BlockRecord): Uint8Array {
  return new ByteWriter(152)
    .bytes(hash)
    .bytes(header.bytes)
    .bytes(fromHex((chainWork ?? 0n).toString(16).padStart(64, '0')))
    .u32(medianTime ?? 0)
    .u32(maxTime)
    .finish();
}

export function decodeBlock(bytes: Uint8Array): BlockRecord {
  const reader = new ByteReader(bytes);
  return {
    hash: reader.bytes(32),
    header: parseHeader(reader.bytes(80)),
    chainWork: BigInt(`0x${toHex(reader.bytes(32))}`) || null,
    medianTime: reader.u32() || null,
    maxTime: reader.u32(),
  };
}
