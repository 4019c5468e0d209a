import type { PushResolvers } from '../resolver-types.ts';

/** Refuses what is no UTF-8, and keeps a byte order mark: the text stands for the very bytes. */
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const Push: PushResolvers = {
  opcode: ({ push }) => push.opcode,
  hex: ({ push }, _, { answer }) => answer.bytes(push.data),
  utf8: ({ push }, _, { answer }) => textOf(answer.bytes(push.data)),
  base64: ({ push }, _, { answer }) => Buffer.from(answer.bytes(push.data)).toString('base64'),
  size: ({ push }) => push.data.length,
  malformed: ({ push }) => push.rest,
};

function textOf(bytes: Uint8Array): string | null {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return null;
  }
}
