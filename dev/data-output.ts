import { ByteWriter } from '../src/chain/byte-writer.ts';
import { concatBytes } from '../src/chain/bytes.ts';
import { OP_PUSHDATA1, OP_PUSHDATA2, OP_PUSHDATA4, OP_RETURN } from '../src/chain/script.ts';

/** A locking script that carries data: OP_RETURN and each item in its shortest push, texts as UTF-8. */
export function opReturn(...items: readonly (string | Uint8Array)[]): Uint8Array {
  const bytes = items.map((item) => (typeof item === 'string' ? new TextEncoder().encode(item) : item));
  return concatBytes(Uint8Array.of(OP_RETURN), ...bytes.map(push));
}

/** The bytes, after the shortest opcode and length that push them. */
export function push(data: Uint8Array): Uint8Array {
  const writer = new ByteWriter(data.length + 5);
  if (data.length < OP_PUSHDATA1) writer.u8(data.length);
  else if (data.length <= 0xff) writer.u8(OP_PUSHDATA1).u8(data.length);
  else if (data.length <= 0xffff) writer.u8(OP_PUSHDATA2).u16(data.length);
  else writer.u8(OP_PUSHDATA4).u32(data.length);
  return writer.bytes(data).finish();
}

/** The most bytes of data in one transaction. A block has room for them and for the rest of the transaction. */
export const MAX_DATA_BYTES = 990_000;
/** The most pushes in one transaction. A block has room for their opcodes as well. */
export const MAX_PUSHES = 1_000;
