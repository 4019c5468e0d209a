import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { ApiKey } from './access-store.ts';

/** Secret scanners recognise keys by it. */
const PREFIX = 'bitql';
const FORMAT = /^bitql_([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;

/** The format in words. */
export const KEY_LOOKS =
  'KEY is bitql_, 12 hexadecimal digits, _ and 43 letters, digits, - or _, as "bitql keys add" prints it';

/** The two parts of a key as its owner has it. */
export interface KeyText {
  readonly id: string;
  readonly secret: string;
}

/** A new key: its text, which is shown once, and what is stored. */
export function createKey(name: string, tier: string, createdAt: number): { text: string; key: ApiKey } {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  const key = { id, name, tier, hash: hashOf(secret), createdAt, lastUsedAt: null };
  return { text: `${PREFIX}_${id}_${secret}`, key };
}

/** Null for a text that is not a key. */
export function parseKey(text: string): KeyText | null {
  const match = FORMAT.exec(text);
  return match === null ? null : { id: match[1]!, secret: match[2]! };
}

/** In constant time. */
export function isSecretOf({ hash }: ApiKey, secret: string): boolean {
  return timingSafeEqual(hash, hashOf(secret));
}

function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}
