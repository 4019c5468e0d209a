import { createBase58check } from '@scure/base';
import { sha256 } from '../chain/hash.ts';
import type { Network } from '../chain/networks.ts';
import { mistaken } from './mistake.ts';

/** The kinds of locking scripts that are made of one public key, by their names in descriptors. */
export type ScriptForm = 'pkh' | 'wpkh' | 'sh(wpkh)' | 'tr';

/** A public key from which others are derived (BIP 32). */
export interface ExtendedKey {
  /** Compressed, 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly chainCode: Uint8Array;
}

/** What the first bytes of an extended public key say (BIP 32, SLIP 132). */
interface KeyVersion {
  readonly name: string;
  readonly isOfMainnet: boolean;
  /** Null if it is for several keys at once. */
  readonly form: ScriptForm | null;
}

const VERSIONS: ReadonlyMap<number, KeyVersion> = new Map([
  [0x0488b21e, { name: 'xpub', isOfMainnet: true, form: 'pkh' }],
  [0x049d7cb2, { name: 'ypub', isOfMainnet: true, form: 'sh(wpkh)' }],
  [0x04b24746, { name: 'zpub', isOfMainnet: true, form: 'wpkh' }],
  [0x0295b43f, { name: 'Ypub', isOfMainnet: true, form: null }],
  [0x02aa7ed3, { name: 'Zpub', isOfMainnet: true, form: null }],
  [0x043587cf, { name: 'tpub', isOfMainnet: false, form: 'pkh' }],
  [0x044a5262, { name: 'upub', isOfMainnet: false, form: 'sh(wpkh)' }],
  [0x045f1cf6, { name: 'vpub', isOfMainnet: false, form: 'wpkh' }],
  [0x024289ef, { name: 'Upub', isOfMainnet: false, form: null }],
  [0x02575483, { name: 'Vpub', isOfMainnet: false, form: null }],
]);

/** Version (4), depth (1), fingerprint of the parent (4), number (4), chain code (32), public key (33). */
const LENGTH = 78;
const base58check = createBase58check(sha256);

/**
 * Parses an extended public key of a network.
 * @returns also the kind of scripts that it is for, by its first letter
 * @throws BAD_DESCRIPTOR
 */
export function parseExtendedKey(text: string, network: Network): { key: ExtendedKey; form: ScriptForm } {
  const bytes = decoded(text);
  const version = VERSIONS.get(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  if (version === undefined)
    throw mistaken('This is no extended public key that is known (xpub, ypub, zpub, tpub, upub, vpub).');
  const { name, isOfMainnet, form } = version;
  if (form === null) {
    throw mistaken(`${name} is a key for several signers. Only wallets with one key for each address are supported.`);
  }
  if (isOfMainnet !== network.id.endsWith('-mainnet')) {
    const [of, wanted] = isOfMainnet
      ? ['the main network', 'tpub, upub, vpub']
      : ['a test network', 'xpub, ypub, zpub'];
    throw mistaken(`This ${name} is of ${of}, but the index is of ${network.id} (expected ${wanted}).`);
  }
  return { key: { chainCode: bytes.subarray(13, 45), publicKey: bytes.subarray(45) }, form };
}

function decoded(text: string): Uint8Array {
  if (!/^[1-9A-HJ-NP-Za-km-z]{100,120}$/.test(text)) {
    throw mistaken(
      'This is no extended public key: it has about 111 letters and digits, and begins with xpub, ypub, zpub, tpub, upub or vpub.',
    );
  }
  try {
    const bytes = base58check.decode(text);
    if (bytes.length === LENGTH) return bytes;
  } catch {
    // Explained below.
  }
  throw mistaken('The checksum of the extended public key is wrong: a character is mistyped, missing or one too many.');
}
