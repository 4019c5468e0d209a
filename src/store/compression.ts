import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { MalformedBytesError, viewOf } from '../chain/bytes.ts';

const AS_IT_IS = 0;
const ZSTD = 1;
/** With memory for the usual page only. */
const ZSTD_LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 }, chunkSize: 10_240 };

/** Bytes as they are stored: compressed, if that makes them shorter. */
export function compressed(bytes: Uint8Array): Uint8Array {
  const shorter = zstdCompressSync(bytes, ZSTD_LEVEL);
  const [form, kept] = shorter.length < bytes.length ? [ZSTD, shorter] : [AS_IT_IS, bytes];
  const stored = new Uint8Array(1 + kept.length);
  stored[0] = form;
  stored.set(kept, 1);
  return stored;
}

/**
 * The bytes that were compressed.
 * @param most more than there can be, so that bytes that were never compressed take no memory
 * @throws MalformedBytesError
 */
export function decompressed(stored: Uint8Array, most: number): Uint8Array {
  const form = stored[0];
  if (form !== AS_IT_IS && form !== ZSTD) throw new MalformedBytesError('bytes of an unknown form', 0);
  const kept = viewOf(stored, 1, stored.length);
  if (form === AS_IT_IS) return kept;
  try {
    const bytes = zstdDecompressSync(kept, { maxOutputLength: most });
    return viewOf(bytes, 0, bytes.length);
  } catch {
    throw new MalformedBytesError('bytes that cannot be decompressed', 1);
  }
}
