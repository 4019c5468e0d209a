import { bech32, bech32m, createBase58check } from '@scure/base';
import { hasCashAddrLetters } from './cashaddr.ts';
import { sha256 } from './hash.ts';
import { type AddressFormat, NETWORK_IDS, type Network, networkById } from './networks.ts';

/** Something that people give instead of an address. */
interface Lookalike {
  readonly pattern: RegExp;
  readonly message: string;
}

/** The most characters of the given text that a message repeats: it may be a secret. */
const MAX_SHOWN = 8;
/** No pattern needs more characters. */
const MAX_LOOKED_AT = 512;

const EXPOSED = 'It is not repeated here, but treat it as exposed and move the coins that it can spend.';
const DERIVE = 'Ask for the addresses that a wallet derives from it.';

const LOOKALIKES: readonly Lookalike[] = [
  {
    pattern: /^(?:[5KL9c][1-9A-HJ-NP-Za-km-z]{48,53}|6P[1-9A-HJ-NP-Za-km-z]{54,58})$/,
    message: `This is a private key (WIF), not an address. ${EXPOSED}`,
  },
  { pattern: /^[a-z]prv[1-9A-Za-z]{20}/i, message: `This is an extended private key, not an address. ${EXPOSED}` },
  {
    pattern: /^(?:[a-z]{3,8}\s+){11,23}[a-z]{3,8}$/i,
    message: `These words look like the seed of a wallet, not like an address. ${EXPOSED}`,
  },
  {
    pattern: /^[a-z]pub[1-9A-Za-z]{20}/i,
    message: `This is an extended public key (xpub, ypub, zpub ...), not an address. ${DERIVE}`,
  },
  {
    pattern: /^(?:lightning:)?(?:ln(?:bc|tb|tbs|bcrt)[0-9]*[munp]?1|lno1|lnurl1)/i,
    message: 'This is a Lightning invoice or offer, not an address: Lightning payments are not in any block.',
  },
  {
    pattern: /^(?:t?sp1q|PM8T)[0-9A-Za-z]{40}/i,
    message: `This is a payment code, not an address: each payment to it has an address of its own. ${DERIVE}`,
  },
  {
    pattern: /^(?:addr|combo|pkh?|raw|rawtr|sh|tr|wpkh|wsh|multi|sortedmulti)\(/,
    message: `This is an output descriptor, not an address. ${DERIVE}`,
  },
  {
    pattern: /^[^@\s]+@[^@\s]+$/,
    message: 'This is a name, not an address: a wallet can look up its addresses.',
  },
  {
    pattern: /^(?:0x)?[0-9a-f]{40,}$/i,
    message: 'These are hexadecimal digits, for example of a transaction id, a public key or a script, not an address.',
  },
];

const URI = /^[a-z][a-z0-9+.-]*:/i;
/** The length of an address of 20 bytes with one or two letters missing. */
const SHORTEST_CASHADDR = 40;

const base58check = createBase58check(sha256);

/** Why a text is not an address of any network. The message gives no secret away. */
export function mistakeIn(text: string, network: Network): string {
  const beginning = text.slice(0, MAX_LOOKED_AT);
  const known = LOOKALIKES.find(({ pattern }) => pattern.test(beginning));
  if (known !== undefined) return known.message;
  const damage = damageOf(beginning);
  return `${shown(text)} is not an address${damage === null ? '' : `: ${damage}`} (${expectation(network)}).`;
}

/** The part of a text that a message may repeat. */
export function shown(text: string): string {
  const beginning = JSON.stringify(text.slice(0, MAX_SHOWN));
  return text.length > MAX_SHOWN ? `${beginning.slice(0, -1)}..."` : beginning;
}

/** What an address of the network looks like. */
export function expectation({ addresses }: Network): string {
  const base58 = addresses.publicKeyHash === 0 ? '1... or 3...' : 'm..., n... or 2...';
  if (addresses.cashaddr !== null) return `expected ${addresses.cashaddr}:..., or base58 ${base58}`;
  return `expected base58 ${base58}${addresses.bech32 === null ? '' : `, or ${addresses.bech32}1...`}`;
}

/** What is wrong with a text that looks like an address; null if it does not look like one. */
function damageOf(text: string): string | null {
  if (isLikeCashAddr(text)) return damageOfWords(text, text.slice(text.indexOf(':') + 1)) ?? wrongChecksum('CashAddr');
  if (URI.test(text)) return 'it is a payment URI (BIP 21) or a link: give only the part between ":" and "?"';
  if (/[^!-~]/.test(text)) return 'it contains a space or a character that is not ASCII';
  return damageOfBech32(text) ?? damageOfBase58(text);
}

/** Whether a text has the prefix of a network, or has none but about the length and letters of a CashAddr. */
function isLikeCashAddr(text: string): boolean {
  const [, prefix, payload] = /^(?:([a-z]+):)?([pqrz][0-9a-z]*)$/.exec(text.toLowerCase()) ?? [];
  if (prefix !== undefined) return has('cashaddr', prefix);
  return payload !== undefined && payload.length >= SHORTEST_CASHADDR && hasCashAddrLetters(payload);
}

function damageOfBech32(text: string): string | null {
  const [, prefix, data] = /^([a-z]+)1(.*)$/i.exec(text) ?? [];
  if (prefix === undefined || !has('bech32', prefix.toLowerCase())) return null;
  const damage = damageOfWords(text, data!);
  if (damage !== null) return damage;
  const isSound = [bech32, bech32m].some(({ decodeUnsafe }) => decodeUnsafe(text) !== undefined);
  if (!isSound) return wrongChecksum('bech32');
  return 'its checksum belongs to another version (BIP 173 for version 0, BIP 350 for higher versions), or its length is wrong';
}

/** @param words the part after the prefix */
function damageOfWords(text: string, words: string): string | null {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return 'it mixes upper and lower case';
  return hasCashAddrLetters(words.toLowerCase()) ? null : '"1", "b", "i" and "o" never occur after its prefix';
}

function damageOfBase58(text: string): string | null {
  if (!/^[123mn][0-9A-Za-z]{19,40}$/.test(text)) return null;
  if (/[0OIl]/.test(text)) return '"0", "O", "I" and "l" never occur in base58, only similar characters do';
  return hasBase58Checksum(text) ? null : wrongChecksum('base58');
}

function hasBase58Checksum(text: string): boolean {
  try {
    base58check.decode(text);
    return true;
  } catch {
    return false;
  }
}

function wrongChecksum(form: string): string {
  return `its checksum (${form}) is wrong, so a character is mistyped, missing or one too many`;
}

/** Whether a network writes its addresses with a prefix. */
function has(form: keyof AddressFormat, prefix: string): boolean {
  return NETWORK_IDS.some((id) => networkById(id).addresses[form] === prefix);
}
