import { ECDH } from 'node:crypto';
import { type ByteReader, concatBytes, MalformedBytesError } from '../../../src/chain/bytes.ts';
import type { OutputFormat, OutputHead } from '../serialized-outputs.ts';

/** Longest VARINT of 64 bits, in bytes. */
const MAX_VARINT_SIZE = 10;
/**
 * Script kinds below this number have a short form. From this number on, the kind is the length of the script plus this
 * number.
 */
const SHORT_FORMS = 6;
const HASH_SIZE = 20;
const KEY_SIZE = 32;

/** The format of outputs in undo data. Core: TxInUndoFormatter, TxOutCompression. */
export const COMPRESSED_OUTPUTS: OutputFormat = {
  maxHeadSize: 4 * MAX_VARINT_SIZE,
  readHead,
  readScript,
};

function readHead(reader: ByteReader): OutputHead {
  const heightAndCoinbase = readVarInt(reader);
  // This was once the version of the spent transaction.
  if (heightAndCoinbase > 1) readVarInt(reader);
  const value = decompressAmount(readVarInt(reader));
  const kind = readVarInt(reader);
  const shortSize = kind < 2 ? HASH_SIZE : KEY_SIZE;
  return { value, kind, scriptSize: kind < SHORT_FORMS ? shortSize : kind - SHORT_FORMS };
}

/** Core's VARINT: big-endian groups of seven bits. All but the last are marked, and each of these adds one. */
function readVarInt(reader: ByteReader): number {
  let number = 0;
  for (;;) {
    const byte = reader.u8();
    number = number * 128 + (byte & 0x7f);
    if (number > Number.MAX_SAFE_INTEGER) throw new MalformedBytesError('a number above 2^53 - 1', reader.offset);
    if ((byte & 0x80) === 0) return number;
    number += 1;
  }
}

/** Core: DecompressAmount. Trailing zeros and the last digit before them are encoded apart from the rest. */
function decompressAmount(compressed: number): number {
  if (compressed === 0) return 0;
  let rest = compressed - 1;
  const exponent = rest % 10;
  rest = Math.floor(rest / 10);
  if (exponent === 9) return (rest + 1) * 10 ** 9;
  const digit = (rest % 9) + 1;
  return (Math.floor(rest / 9) * 10 + digit) * 10 ** exponent;
}

/** Core: DecompressScript. */
function readScript(reader: ByteReader, { kind, scriptSize }: OutputHead): Uint8Array {
  const bytes = reader.bytes(scriptSize);
  switch (kind) {
    case 0:
      return concatBytes(Uint8Array.of(0x76, 0xa9, 20), bytes, Uint8Array.of(0x88, 0xac));
    case 1:
      return concatBytes(Uint8Array.of(0xa9, 20), bytes, Uint8Array.of(0x87));
    case 2:
    case 3:
      return payToKey(concatBytes(Uint8Array.of(kind), bytes));
    case 4:
    case 5:
      return payToKey(uncompressed(concatBytes(Uint8Array.of(kind - 2), bytes)));
    default:
      return bytes.slice();
  }
}

function payToKey(key: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(key.length), key, Uint8Array.of(0xac));
}

function uncompressed(key: Uint8Array): Uint8Array {
  return new Uint8Array(ECDH.convertKey(key, 'secp256k1', undefined, undefined, 'uncompressed') as Buffer);
}
