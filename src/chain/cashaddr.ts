import { bech32 } from '@scure/base';
import { concatBytes } from './bytes.ts';

/** The payload of a CashAddr, with the type numbers of its specification. */
export interface CashAddrPayload {
  /** 0: P2PKH, 1: P2SH; 2 and 3: the same for wallets that support CashTokens. */
  readonly type: number;
  readonly hash: Uint8Array;
}

/** The letters of 5-bit words, the same as in Bech32. */
const CHARSET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
/** Sizes of the hash in bytes, by the low three bits of the version byte. */
const HASH_SIZES = [20, 24, 28, 32, 40, 48, 56, 64];
const CHECKSUM_LENGTH = 8;
const EMPTY_CHECKSUM = new Array<number>(CHECKSUM_LENGTH).fill(0);
/** The 40-bit generators of the BCH code, in an upper part of 8 bits and a lower of 32. */
const GENERATORS_UPPER = [0x98, 0x79, 0xf3, 0xae, 0x1e];
const GENERATORS_LOWER = [0xf2bc8e61, 0xb76d99e2, 0x3e5fb3c4, 0x2eabe2a8, 0x4f43e470];

/** Whether a lower-case text has only letters of the alphabet of CashAddr and Bech32. */
export function hasCashAddrLetters(text: string): boolean {
  return Array.from(text).every((letter) => CHARSET.includes(letter));
}

/** The address with its prefix, in lower case. */
export function encodeCashAddr(prefix: string, { type, hash }: CashAddrPayload): string {
  const version = Uint8Array.of((type << 3) | HASH_SIZES.indexOf(hash.length));
  const payload = bech32.toWords(concatBytes(version, hash));
  const checksum = checksumOf(prefix, [...payload, ...EMPTY_CHECKSUM]);
  return `${prefix}:${[...payload, ...checksum].map((word) => CHARSET[word]).join('')}`;
}

/**
 * Decodes the lower-case text after the prefix.
 * @returns null if letters, checksum, padding, version or length are wrong
 */
export function decodeCashAddr(prefix: string, text: string): CashAddrPayload | null {
  const words = Array.from(text, (letter) => CHARSET.indexOf(letter));
  if (words.length <= CHECKSUM_LENGTH || words.includes(-1)) return null;
  if (checksumOf(prefix, words).some((word) => word !== 0)) return null;
  const bytes = bech32.fromWordsUnsafe(words.slice(0, -CHECKSUM_LENGTH));
  if (!bytes) return null;
  const version = bytes[0]!;
  if (version >= 0x80 || HASH_SIZES[version & 7] !== bytes.length - 1) return null;
  return { type: version >>> 3, hash: bytes.subarray(1) };
}

/** The remainder of the BCH code over prefix, a zero and the words: 8 words, all zero for a valid address. */
function checksumOf(prefix: string, words: readonly number[]): number[] {
  let upper = 0;
  let lower = 1;
  const add = (word: number) => {
    const out = upper >>> 3;
    upper = ((upper & 7) << 5) | (lower >>> 27);
    lower = (lower << 5) ^ word;
    for (let bit = 0; bit < 5; bit++) {
      if (((out >>> bit) & 1) === 0) continue;
      upper ^= GENERATORS_UPPER[bit]!;
      lower ^= GENERATORS_LOWER[bit]!;
    }
  };
  for (let i = 0; i < prefix.length; i++) add(prefix.charCodeAt(i) & 31);
  add(0);
  for (const word of words) add(word);
  lower ^= 1;
  const remainder = (BigInt(upper) << 32n) | BigInt(lower >>> 0);
  return Array.from({ length: CHECKSUM_LENGTH }, (_, i) => Number((remainder >> BigInt(35 - 5 * i)) & 31n));
}
