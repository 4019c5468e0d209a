import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, hashFromHex } from '../../src/chain/bytes.ts';
import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { BitqlError } from '../../src/errors.ts';
import { AnswerFields } from '../../src/rpc/answer-fields.ts';
import { unrefused } from '../../src/rpc/codes.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import type { Outpoint } from './node.ts';

const METHOD = 'gettxout';
/** Outpoints in one batch. */
const BATCH = 500;

/**
 * Confirmed outputs that no block spends, in order, even if the mempool spends them; null for an output that does not
 * exist.
 */
export async function unspentOutputs(rpc: Rpc, outpoints: readonly Outpoint[]): Promise<(SpentOutput | null)[]> {
  const outputs: (SpentOutput | null)[] = [];
  for (let start = 0; start < outpoints.length; start += BATCH) {
    const calls = outpoints.slice(start, start + BATCH).map(({ txid, index }) => [txid, index, false]);
    for (const answer of await rpc.calls(METHOD, calls)) {
      const output = unrefused(answer);
      outputs.push(output === null ? null : parseOutput(output));
    }
  }
  return outputs;
}

/** The script field as on the wire. Bitcoin Cash Node returns the CashTokens prefix separately from the script. */
function parseOutput(answer: unknown): SpentOutput {
  const output = AnswerFields.of(answer, METHOD);
  const script = output.object('scriptPubKey').bytes('hex');
  return {
    value: output.amount('value'),
    script: output.has('tokenData') ? concatBytes(tokenPrefix(output.raw('tokenData'), METHOD), script) : script,
  };
}

const PREFIX_TOKEN = 0xef;
const HAS_AMOUNT = 0x10;
const HAS_NFT = 0x20;
const HAS_COMMITMENT = 0x40;
/** CHIP-2022-02: up to 2^63 - 1. */
const MAX_AMOUNT = 2n ** 63n - 1n;
const CAPABILITIES = ['none', 'mutable', 'minting'];

/**
 * The CashTokens prefix of a script field (CHIP-2022-02) as bytes, from the `tokenData` that Bitcoin Cash Node returns
 * beside the script (src/core_write.cpp: TokenDataToUniv): category, amount as text, nft with capability and
 * commitment.
 * @throws NODE_REFUSED
 */
export function tokenPrefix(tokenData: unknown, method: string): Uint8Array {
  try {
    return encode(AnswerFields.of(tokenData, method));
  } catch (error) {
    if (error instanceof BitqlError) throw error;
    throw new BitqlError('NODE_REFUSED', `bitcoind's answer to ${method} has invalid token data.`, error);
  }
}

function encode(token: AnswerFields): Uint8Array {
  const nft = token.has('nft') ? token.object('nft') : null;
  const commitment = nft?.has('commitment') ? nft.bytes('commitment') : new Uint8Array(0);
  const amount = BigInt(token.text('amount'));
  if (amount < 0n || amount > MAX_AMOUNT) throw new RangeError('no amount');
  const bits = bitfield(nft, commitment.length > 0, amount > 0n);
  const writer = new ByteWriter()
    .u8(PREFIX_TOKEN)
    .bytes(hashFromHex(token.hash('category')))
    .u8(bits);
  if (commitment.length > 0) writer.compactSize(commitment.length).bytes(commitment);
  if (amount > 0n) writeAmount(writer, amount);
  return writer.finish();
}

function bitfield(nft: AnswerFields | null, hasCommitment: boolean, hasAmount: boolean): number {
  const capability = nft === null ? 0 : CAPABILITIES.indexOf(nft.text('capability'));
  if (capability < 0) throw new RangeError('unknown capability');
  return (
    (nft === null ? 0 : HAS_NFT) | (hasCommitment ? HAS_COMMITMENT : 0) | (hasAmount ? HAS_AMOUNT : 0) | capability
  );
}

/** Written as a CompactSize. The amount may be up to 2^63 - 1, which a number cannot hold exactly. */
function writeAmount(writer: ByteWriter, amount: bigint): void {
  if (amount <= BigInt(Number.MAX_SAFE_INTEGER)) writer.compactSize(Number(amount));
  else
    writer
      .u8(0xff)
      .u32(Number(amount & 0xffff_ffffn))
      .u32(Number(amount >> 32n));
}
