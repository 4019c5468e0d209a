/** A whole message, the parts of one, or what may stand between them. */
export type FrameKind = 'text' | 'first' | 'middle' | 'last' | 'ping' | 'pong';

/** The first byte of each (RFC 6455, 5.2). */
const STARTS: Readonly<Record<FrameKind, number>> = {
  text: 0x81,
  first: 0x01,
  middle: 0x00,
  last: 0x80,
  ping: 0x89,
  pong: 0x8a,
};

/** A frame as a client sends it. @param payload or how many spaces it is */
export function maskedFrame(kind: FrameKind, payload: string | number): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : Buffer.alloc(payload, ' ');
  // A mask of zeros leaves the payload as it is.
  return Buffer.concat([Buffer.from([STARTS[kind]]), lengthOf(bytes.length), Buffer.alloc(4), bytes]);
}

function lengthOf(bytes: number): Buffer {
  if (bytes < 126) return Buffer.from([0x80 | bytes]);
  const length = Buffer.alloc(bytes < 0x1_0000 ? 3 : 9);
  length[0] = 0x80 | (length.length === 3 ? 126 : 127);
  if (length.length === 3) length.writeUInt16BE(bytes, 1);
  else length.writeBigUInt64BE(BigInt(bytes), 1);
  return length;
}
