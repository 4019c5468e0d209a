import { ECDH } from 'node:crypto';
import { ByteReader, concatBytes, equalBytes } from '../../../src/chain/bytes.ts';
import { hash256 } from '../../../src/chain/hash.ts';
import type { Network } from '../../../src/chain/networks.ts';
import type { SpentOutput } from '../../../src/chain/undo.ts';
import type { FiledBlock } from './chain-of-files.ts';
import { BlockFile, type BlockFolder } from './files.ts';
import { recordsOf } from './records.ts';

/** Behind each record: the double SHA-256 of the previous block's hash and the record. */
const CHECKSUM_LENGTH = 32;

/**
 * What each transaction of a block spends, from the rev file beside the block's own; null where that has no record of
 * it, as of blocks that were never on the main chain. A record does not name its block: the checksum tells.
 */
export function readSpentOutputs(folder: BlockFolder, block: FiledBlock, network: Network): SpentOutput[][] | null {
  const { previousHash } = block.header;
  try {
    using file = new BlockFile(folder, 'rev', block.file);
    for (const { offset, length } of recordsOf(file, network.magic, CHECKSUM_LENGTH)) {
      const bytes = file.read(offset, length + CHECKSUM_LENGTH);
      const record = bytes.subarray(0, length);
      if (new ByteReader(record).compactSize() !== block.transactionCount - 1) continue;
      const checksum = hash256(concatBytes(previousHash, record));
      if (equalBytes(checksum, bytes.subarray(length))) return [[], ...parseBlockUndo(record)];
    }
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Core: CBlockUndo, a list for each transaction but the coinbase, of the outputs that its inputs spend. */
export function parseBlockUndo(bytes: Uint8Array): SpentOutput[][] {
  const reader = new ByteReader(bytes);
  return list(reader, () => list(reader, () => readOutput(reader)));
}

function list<T>(reader: ByteReader, read: () => T): T[] {
  return Array.from({ length: reader.compactSize() }, read);
}

/** Core: TxInUndoFormatter. */
function readOutput(reader: ByteReader): SpentOutput {
  const heightAndCoinbase = readVarInt(reader);
  // What was once the version of the spent transaction.
  if (heightAndCoinbase > 1) readVarInt(reader);
  return { value: decompressAmount(readVarInt(reader)), script: readScript(reader) };
}

/** Core's VARINT: big-endian groups of seven bits, all but the last marked and counting one more. */
function readVarInt(reader: ByteReader): number {
  let number = 0;
  for (;;) {
    const byte = reader.u8();
    number = number * 128 + (byte & 0x7f);
    if ((byte & 0x80) === 0) return number;
    number += 1;
  }
}

/** Core: DecompressAmount. Trailing zeros and the last digit before them are told apart from the rest. */
function decompressAmount(compressed: number): number {
  if (compressed === 0) return 0;
  let rest = compressed - 1;
  const exponent = rest % 10;
  rest = Math.floor(rest / 10);
  if (exponent === 9) return (rest + 1) * 10 ** 9;
  const digit = (rest % 9) + 1;
  return (Math.floor(rest / 9) * 10 + digit) * 10 ** exponent;
}

/** Core: ScriptCompression. Six kinds have a short form; a longer number is the length of any other script, plus six. */
function readScript(reader: ByteReader): Uint8Array {
  const kind = readVarInt(reader);
  switch (kind) {
    case 0:
      return concatBytes(Uint8Array.of(0x76, 0xa9, 20), reader.bytes(20), Uint8Array.of(0x88, 0xac));
    case 1:
      return concatBytes(Uint8Array.of(0xa9, 20), reader.bytes(20), Uint8Array.of(0x87));
    case 2:
    case 3:
      return payToKey(concatBytes(Uint8Array.of(kind), reader.bytes(32)));
    case 4:
    case 5:
      return payToKey(uncompressed(concatBytes(Uint8Array.of(kind - 2), reader.bytes(32))));
    default:
      return reader.bytes(kind - 6).slice();
  }
}

function payToKey(key: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(key.length), key, Uint8Array.of(0xac));
}

function uncompressed(key: Uint8Array): Uint8Array {
  return new Uint8Array(ECDH.convertKey(key, 'secp256k1', undefined, undefined, 'uncompressed') as Buffer);
}
