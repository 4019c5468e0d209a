import { ByteWriter } from '../src/chain/byte-writer.ts';
import { OP_PUSHDATA1, OP_PUSHDATA2, OP_PUSHDATA4 } from '../src/chain/script.ts';

/** The shortest opcode and length that push some bytes, and these. */
export function push(data: Uint8Array): Uint8Array {
  const writer = new ByteWriter(data.length + 5);
  if (data.length < OP_PUSHDATA1) writer.u8(data.length);
  else if (data.length <= 0xff) writer.u8(OP_PUSHDATA1).u8(data.length);
  else if (data.length <= 0xffff) writer.u8(OP_PUSHDATA2).u16(data.length);
  else writer.u8(OP_PUSHDATA4).u32(data.length);
  return writer.bytes(data).finish();
}
