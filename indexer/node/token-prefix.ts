import { ByteWriter, fromHex, hashFromHex } from '../../src/chain/bytes.ts';
import { BitqlError } from '../../src/errors.ts';
import { type Json, object, text } from './answers.ts';

const PREFIX_TOKEN = 0xef;
const HAS_AMOUNT = 0x10;
const HAS_NFT = 0x20;
const HAS_COMMITMENT = 0x40;
const CAPABILITIES = ['none', 'mutable', 'minting'];

/**
 * The CashTokens prefix of a script field (CHIP-2022-02) as bytes, from the `tokenData` that Bitcoin Cash Node tells
 * beside the script (src/core_write.cpp: TokenDataToUniv): category, amount as text, nft with capability and commitment.
 * @throws NODE_REFUSED
 */
export function tokenPrefix(tokenData: unknown, method: string): Uint8Array {
  try {
    return encode(object(tokenData, method), method);
  } catch (error) {
    if (error instanceof BitqlError) throw error;
    throw new BitqlError('NODE_REFUSED', `bitcoind's answer to ${method} has odd token data.`, error);
  }
}

function encode(token: Json, method: string): Uint8Array {
  const nft = token.nft === undefined ? null : object(token.nft, method);
  const commitment = nft?.commitment === undefined ? new Uint8Array(0) : fromHex(text(nft, 'commitment'));
  const amount = BigInt(text(token, 'amount'));
  const bits = bitfield(nft, commitment.length > 0, amount > 0n);
  const writer = new ByteWriter()
    .u8(PREFIX_TOKEN)
    .bytes(hashFromHex(text(token, 'category')))
    .u8(bits);
  if (commitment.length > 0) writer.compactSize(commitment.length).bytes(commitment);
  if (amount > 0n) writeAmount(writer, amount);
  return writer.finish();
}

function bitfield(nft: Json | null, hasCommitment: boolean, hasAmount: boolean): number {
  const capability = nft === null ? 0 : CAPABILITIES.indexOf(text(nft, 'capability'));
  if (capability < 0) throw new RangeError('unknown capability');
  return (
    (nft === null ? 0 : HAS_NFT) | (hasCommitment ? HAS_COMMITMENT : 0) | (hasAmount ? HAS_AMOUNT : 0) | capability
  );
}

/** As a CompactSize; up to 2^63 - 1, which no number holds. */
function writeAmount(writer: ByteWriter, amount: bigint): void {
  if (amount <= BigInt(Number.MAX_SAFE_INTEGER)) writer.compactSize(Number(amount));
  else
    writer
      .u8(0xff)
      .u32(Number(amount & 0xffff_ffffn))
      .u32(Number(amount >> 32n));
}
