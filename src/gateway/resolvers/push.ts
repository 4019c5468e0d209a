import type { PushResolvers } from './resolver-types.ts';

/** Refuses what is no UTF-8, and keeps a byte order mark: the text stands for the very bytes. */
const STRICT_UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const Push: PushResolvers = {
  hex: ({ data }, _, { answer }) => answer.bytes(data),
  utf8: ({ data }, _, { answer }) => textOf(answer.bytes(data)),
  base64: ({ data }, _, { answer }) => Buffer.from(answer.bytes(data)).toString('base64'),
};

function textOf(bytes: Uint8Array): string | null {
  try {
    return STRICT_UTF8.decode(bytes);
  } catch {
    return null;
  }
}
