import { createBase58check } from '@scure/base';
import { sha256 } from '../chain/hash.ts';
import type { Network } from '../chain/networks.ts';
import { mistaken } from './mistake.ts';
import type { ScriptForm } from './script-template.ts';

/** A public key from which others are derived (BIP 32). */
export interface ExtendedKey {
  /** Compressed, 33 bytes. */
  readonly publicKey: Uint8Array;
  readonly chainCode: Uint8Array;
}

/** The scripts that an extended public key is for, by its first letter. That of `pkh` serves for all others as well. */
export type KeyForm = Extract<ScriptForm, 'pkh' | 'wpkh' | 'sh(wpkh)' | 'wsh' | 'sh(wsh)'>;

/** An extended public key, and what its first bytes say. */
export interface ParsedExtendedKey {
  readonly key: ExtendedKey;
  /** Its first letters, such as xpub. */
  readonly name: string;
  readonly form: KeyForm;
}

/** What the first bytes of an extended public key say (BIP 32, SLIP 132). */
interface KeyVersion {
  readonly name: string;
  readonly isOfMainnet: boolean;
  readonly form: KeyForm;
}

const VERSIONS: ReadonlyMap<number, KeyVersion> = new Map([
  [0x0488b21e, { name: 'xpub', isOfMainnet: true, form: 'pkh' }],
  [0x049d7cb2, { name: 'ypub', isOfMainnet: true, form: 'sh(wpkh)' }],
  [0x04b24746, { name: 'zpub', isOfMainnet: true, form: 'wpkh' }],
  [0x0295b43f, { name: 'Ypub', isOfMainnet: true, form: 'sh(wsh)' }],
  [0x02aa7ed3, { name: 'Zpub', isOfMainnet: true, form: 'wsh' }],
  [0x043587cf, { name: 'tpub', isOfMainnet: false, form: 'pkh' }],
  [0x044a5262, { name: 'upub', isOfMainnet: false, form: 'sh(wpkh)' }],
  [0x045f1cf6, { name: 'vpub', isOfMainnet: false, form: 'wpkh' }],
  [0x024289ef, { name: 'Upub', isOfMainnet: false, form: 'sh(wsh)' }],
  [0x02575483, { name: 'Vpub', isOfMainnet: false, form: 'wsh' }],
]);

/** Version (4), depth (1), fingerprint of the parent (4), number (4), chain code (32), public key (33). */
const LENGTH = 78;
const base58check = createBase58check(sha256);

/** Parses an extended public key of a network. @throws BAD_DESCRIPTOR */
export function parseExtendedKey(text: string, network: Network): ParsedExtendedKey {
  const bytes = decoded(text);
  const version = VERSIONS.get(new DataView(bytes.buffer, bytes.byteOffset).getUint32(0));
  if (version === undefined)
    throw mistaken('This is no extended public key that is known (xpub, ypub, zpub, tpub, upub, vpub).');
  const { name, isOfMainnet, form } = version;
  if (isOfMainnet !== network.id.endsWith('-mainnet')) {
    const [of, wanted] = isOfMainnet
      ? ['the main network', 'tpub, upub, vpub']
      : ['a test network', 'xpub, ypub, zpub'];
    throw mistaken(`This ${name} is of ${of}, but the index is of ${network.id} (expected ${wanted}).`);
  }
  return { key: { chainCode: bytes.subarray(13, 45), publicKey: bytes.subarray(45) }, name, form };
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
