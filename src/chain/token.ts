import { ByteReader, MalformedBytesError, viewOf } from './bytes.ts';

/** What a non-fungible token lets its holder do; null if there is only an amount of fungible tokens. */
export type TokenCapability = 'NONE' | 'MUTABLE' | 'MINTING' | null;

/** The CashTokens of an output (CHIP-2022-02). */
export interface TokenData {
  /** The id of the token: 32 bytes in internal order, the txid that created it. */
  readonly category: Uint8Array;
  readonly capability: TokenCapability;
  /** The message that the non-fungible token carries; empty if none. */
  readonly commitment: Uint8Array;
  /** Fungible tokens, 0 to 2^63 - 1. */
  readonly amount: bigint;
}

/** PREFIX_TOKEN, an opcode that no script can execute. */
const PREFIX_TOKEN = 0xef;
const HAS_AMOUNT = 0x10;
const HAS_NFT = 0x20;
const HAS_COMMITMENT = 0x40;
const RESERVED = 0x80;
const CAPABILITIES = ['NONE', 'MUTABLE', 'MINTING'] as const;
const MAX_AMOUNT = 0x7fff_ffff_ffff_ffffn;
const NOTHING = new Uint8Array(0);

/**
 * Splits the script field of a BCH output into its CashTokens prefix and the locking script after it; both are views.
 * A field without a valid prefix is a locking script as a whole. The length of a commitment is not checked: its limit is
 * a consensus rule that upgrades raise, not a rule of the encoding.
 */
export function splitTokenPrefix(script: Uint8Array): { token: TokenData | null; lockingScript: Uint8Array } {
  if (script[0] === PREFIX_TOKEN) {
    try {
      const reader = new ByteReader(script, 1);
      const token = readToken(reader);
      if (token) return { token, lockingScript: viewOf(script, reader.offset, script.length) };
    } catch (error) {
      if (!(error instanceof MalformedBytesError)) throw error;
    }
  }
  return { token: null, lockingScript: script };
}

/** The token after PREFIX_TOKEN; null if the fields contradict each other. */
function readToken(reader: ByteReader): TokenData | null {
  const category = reader.bytes(32);
  const bits = reader.u8();
  if (!isValidBitfield(bits)) return null;
  const capability = (bits & HAS_NFT) === 0 ? null : CAPABILITIES[bits & 0x0f]!;
  const commitment = (bits & HAS_COMMITMENT) === 0 ? NOTHING : reader.bytes(reader.compactSize());
  if ((bits & HAS_COMMITMENT) !== 0 && commitment.length === 0) return null;
  const amount = (bits & HAS_AMOUNT) === 0 ? 0n : reader.compactSize64();
  if ((bits & HAS_AMOUNT) !== 0 && (amount === 0n || amount > MAX_AMOUNT)) return null;
  return { category, capability, commitment, amount };
}

/** The bitfield says which parts follow. A capability or a commitment requires an NFT. */
function isValidBitfield(bits: number): boolean {
  const capability = bits & 0x0f;
  if ((bits & RESERVED) !== 0 || capability >= CAPABILITIES.length) return false;
  if ((bits & HAS_NFT) !== 0) return true;
  return (bits & HAS_AMOUNT) !== 0 && (bits & HAS_COMMITMENT) === 0 && capability === 0;
}
