import { bech32, bech32m, createBase58check } from '@scure/base';
import { expectation, mistakeIn, shown } from './address-mistakes.ts';
import { concatBytes, viewOf } from './bytes.ts';
import { decodeCashAddr, encodeCashAddr } from './cashaddr.ts';
import { sha256 } from './hash.ts';
import { type AddressFormat, NETWORK_IDS, type Network, networkById } from './networks.ts';
import {
  OP_0,
  OP_1,
  OP_CHECKSIG,
  OP_DUP,
  OP_EQUAL,
  OP_EQUALVERIFY,
  OP_HASH160,
  OP_HASH256,
  scriptType,
} from './script.ts';

/** A text is not an address of the network. The message says what is wrong and what is expected. */
export class AddressError extends Error {
  readonly code = 'BAD_ADDRESS';
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'AddressError';
  }
}

/** How to write an address. */
export interface AddressOptions {
  /** Write the BCH address that tells wallets they may send CashTokens to it (CHIP-2022-02). */
  readonly tokenAware?: boolean;
}

/** A decoded address of any network. */
type Decoded =
  | { readonly form: 'base58'; readonly version: number; readonly hash: Uint8Array }
  | { readonly form: 'bech32'; readonly prefix: string; readonly version: number; readonly program: Uint8Array }
  | { readonly form: 'cashaddr'; readonly prefix: string; readonly type: number; readonly hash: Uint8Array };

/** No address is longer. The time to decode base58 grows with the square of the length. */
const MAX_ADDRESS_LENGTH = 128;
/** That of Bech32 is no longer. */
const PREFIX_LENGTH = 8;
const PRINTABLE = /^[!-~]*$/;
const MAX_WITNESS_VERSION = 16;
const CASHADDR_P2PKH = 0;
const CASHADDR_P2SH = 1;
const CASHADDR_TOKEN_AWARE = 2;

const base58check = createBase58check(sha256);

/**
 * The address of a locking script (without CashTokens prefix) of type P2PKH, P2SH or P2SH32; on BTC also of every witness
 * program (BIP173, BIP350).
 * @returns null for a script that has none: P2PK, multisig, data and non-standard ones
 */
export function addressOf(lockingScript: Uint8Array, network: Network, options: AddressOptions = {}): string | null {
  switch (scriptType(lockingScript, network)) {
    case 'P2PKH':
      return hashAddress(viewOf(lockingScript, 3, 23), CASHADDR_P2PKH, network, options);
    case 'P2SH':
      return hashAddress(viewOf(lockingScript, 2, 22), CASHADDR_P2SH, network, options);
    case 'P2SH32':
      return hashAddress(viewOf(lockingScript, 2, 34), CASHADDR_P2SH, network, options);
    case 'P2WPKH':
    case 'P2WSH':
    case 'P2TR':
    case 'P2A':
    case 'WITNESS_UNKNOWN':
      return witnessAddress(lockingScript, network.addresses.bech32!);
    default:
      return null;
  }
}

/**
 * The locking script of an address of the network. On BCH it may be a CashAddr with or without prefix, token-aware or
 * not, or the older base58. Blanks around it are ignored, as nodes do.
 * @throws AddressError for a damaged address, one of another network, or a text that is no address; never repeats secrets
 */
export function lockingScriptOf(text: string, network: Network): Uint8Array {
  const address = text.trim();
  const decoded = decode(address, network);
  if (decoded === null) throw new AddressError(mistakeIn(address, network));
  if (!belongsTo(decoded, network.addresses)) throw new AddressError(foreignMessage(decoded, network));
  const script = scriptOf(decoded, network);
  if (script === null) throw new AddressError(`No ${network.id} script has the address ${shown(address)}.`);
  return script;
}

function hashAddress(hash: Uint8Array, type: number, network: Network, { tokenAware }: AddressOptions): string {
  const { cashaddr, publicKeyHash, scriptHash } = network.addresses;
  if (cashaddr === null) {
    const version = type === CASHADDR_P2PKH ? publicKeyHash : scriptHash;
    return base58check.encode(concatBytes(Uint8Array.of(version), hash));
  }
  return encodeCashAddr(cashaddr, { type: tokenAware ? type | CASHADDR_TOKEN_AWARE : type, hash });
}

/** BIP173 for version 0, BIP350 for later ones. */
function witnessAddress(program: Uint8Array, prefix: string): string {
  const version = program[0] === OP_0 ? 0 : program[0]! - OP_1 + 1;
  const words = bech32.toWords(viewOf(program, 2, program.length));
  return (version === 0 ? bech32 : bech32m).encode(prefix, [version, ...words]);
}

function decode(address: string, network: Network): Decoded | null {
  if (address.length > MAX_ADDRESS_LENGTH || !PRINTABLE.test(address)) return null;
  // The form that the prefix shows is tried first, because it takes long to find out that a text is no base58.
  const isBech32 = address.slice(0, PREFIX_LENGTH).toLowerCase().startsWith(`${network.addresses.bech32}1`);
  return (
    (isBech32 ? decodeBech32(address) : null) ??
    decodeBase58(address) ??
    decodeBech32(address) ??
    decodeCash(address, network)
  );
}

function decodeBase58(address: string): Decoded | null {
  try {
    const bytes = base58check.decode(address);
    return bytes.length === 21 ? { form: 'base58', version: bytes[0]!, hash: bytes.subarray(1) } : null;
  } catch {
    return null;
  }
}

function decodeBech32(address: string): Decoded | null {
  const plain = bech32.decodeUnsafe(address);
  const decoded = plain ?? bech32m.decodeUnsafe(address);
  if (!decoded) return null;
  const [version, ...words] = decoded.words;
  const program = bech32.fromWordsUnsafe(words);
  if (version === undefined || !program || (version === 0) !== Boolean(plain)) return null;
  return { form: 'bech32', prefix: decoded.prefix, version, program };
}

/** A CashAddr is all lower or all upper case. If it has no prefix, the checksum shows which one is meant. */
function decodeCash(address: string, network: Network): Decoded | null {
  const lower = address.toLowerCase();
  if (address !== lower && address !== address.toUpperCase()) return null;
  const colon = lower.indexOf(':');
  const prefixes = colon < 0 ? cashAddrPrefixes(network) : [lower.slice(0, colon)];
  for (const prefix of prefixes) {
    const payload = decodeCashAddr(prefix, lower.slice(colon + 1));
    if (payload) return { form: 'cashaddr', prefix, ...payload };
  }
  return null;
}

/** All prefixes in use, the network's own first. */
function cashAddrPrefixes(network: Network): string[] {
  const all = [network, ...NETWORK_IDS.map(networkById)].map(({ addresses }) => addresses.cashaddr);
  return [...new Set(all.filter((prefix) => prefix !== null))];
}

function belongsTo(decoded: Decoded, format: AddressFormat): boolean {
  switch (decoded.form) {
    case 'base58':
      return decoded.version === format.publicKeyHash || decoded.version === format.scriptHash;
    case 'bech32':
      return decoded.prefix === format.bech32;
    case 'cashaddr':
      return decoded.prefix === format.cashaddr;
  }
}

/** The script of an address that belongs to the network; null if there is none with its version, type or length. */
function scriptOf(decoded: Decoded, network: Network): Uint8Array | null {
  switch (decoded.form) {
    case 'base58':
      return decoded.version === network.addresses.publicKeyHash ? p2pkh(decoded.hash) : p2sh(decoded.hash);
    case 'bech32':
      return witnessScript(decoded.version, decoded.program);
    case 'cashaddr':
      return cashAddrScript(decoded.type & ~CASHADDR_TOKEN_AWARE, decoded.hash, network);
  }
}

function cashAddrScript(type: number, hash: Uint8Array, network: Network): Uint8Array | null {
  if (type === CASHADDR_P2PKH) return hash.length === 20 ? p2pkh(hash) : null;
  if (type !== CASHADDR_P2SH) return null;
  return hash.length === 20 || (hash.length === 32 && network.p2sh32) ? p2sh(hash) : null;
}

/** Pays to the hash of a public key, 20 bytes. */
export function p2pkh(hash: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(OP_DUP, OP_HASH160, 20), hash, Uint8Array.of(OP_EQUALVERIFY, OP_CHECKSIG));
}

/** Pays to the hash of a script: 20 bytes, or 32 on BCH. */
export function p2sh(hash: Uint8Array): Uint8Array {
  const opcode = hash.length === 20 ? OP_HASH160 : OP_HASH256;
  return concatBytes(Uint8Array.of(opcode, hash.length), hash, Uint8Array.of(OP_EQUAL));
}

/** Pays to a witness program of 2 to 40 bytes; one of version 0 must be of a known length (BIP141). Null for any other. */
export function witnessScript(version: number, program: Uint8Array): Uint8Array | null {
  if (version > MAX_WITNESS_VERSION || program.length < 2 || program.length > 40) return null;
  if (version === 0 && program.length !== 20 && program.length !== 32) return null;
  return concatBytes(Uint8Array.of(version === 0 ? OP_0 : OP_1 + version - 1, program.length), program);
}

function foreignMessage(decoded: Decoded, network: Network): string {
  const homes = NETWORK_IDS.filter((id) => belongsTo(decoded, networkById(id).addresses));
  const isTest = !homes.some((id) => id.endsWith('-mainnet'));
  const home =
    homes.length === 0 ? 'an unknown network' : homes.length > 3 && isTest ? 'a testnet' : homes.join(' or ');
  const where = `This is an address of ${home}, but the index is of ${network.id} (${expectation(network)})`;
  const here = decoded.form === 'cashaddr' ? legacyForm(decoded, network) : null;
  return here === null ? `${where}.` : `${where}. In the legacy form it is ${here}.`;
}

/** The address of the same script on a network without CashAddr; null if there is none. */
function legacyForm({ type, hash }: Extract<Decoded, { form: 'cashaddr' }>, network: Network): string | null {
  const script =
    network.addresses.cashaddr === null ? cashAddrScript(type & ~CASHADDR_TOKEN_AWARE, hash, network) : null;
  return script === null ? null : addressOf(script, network);
}
