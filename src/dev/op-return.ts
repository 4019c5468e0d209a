import { ByteWriter } from '../chain/bytes.ts';
import { OP_PUSHDATA1, OP_PUSHDATA2, OP_PUSHDATA4, OP_RETURN } from '../chain/script.ts';

/** A locking script that carries data: OP_RETURN and each piece in its shortest push; a text as UTF-8. */
export function opReturn(...data: readonly (string | Uint8Array)[]): Uint8Array {
  const script = new ByteWriter().u8(OP_RETURN);
  for (const item of data) push(script, typeof item === 'string' ? new TextEncoder().encode(item) : item);
  return script.finish();
}

function push(script: ByteWriter, data: Uint8Array): void {
  if (data.length < OP_PUSHDATA1) script.u8(data.length);
  else if (data.length <= 0xff) script.u8(OP_PUSHDATA1).u8(data.length);
  else if (data.length <= 0xffff) script.u8(OP_PUSHDATA2).u16(data.length);
  else script.u8(OP_PUSHDATA4).u32(data.length);
  script.bytes(data);
}
