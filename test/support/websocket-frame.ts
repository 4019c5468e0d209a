/** A whole message, a part of one, or a control frame between parts. */
export type FrameKind = 'text' | 'first' | 'middle' | 'last' | 'ping' | 'pong';

/** The first byte of each kind (RFC 6455, 5.2). */
const STARTS: Readonly<Record<FrameKind, number>> = {
  text: 0x81,
  first: 0x01,
  middle: 0x00,
  last: 0x80,
  ping: 0x89,
  pong: 0x8a,
};

/** A frame from a client. @param payload the payload, or a number of spaces */
export function maskedFrame(kind: FrameKind, payload: string | number): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload) : Buffer.alloc(payload, ' ');
  // A mask of zeros does not change the payload.
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
