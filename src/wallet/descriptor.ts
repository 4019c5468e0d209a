import type { Network } from '../chain/networks.ts';
import { withoutChecksum } from './checksum.ts';
import { parseExpression } from './expression.ts';
import { type KeyForm, parseExtendedKey } from './extended-key.ts';
import type { KeyChain } from './key-chain.ts';
import { mistaken, refusePrivateKeys } from './mistake.ts';
import { publicKeyOf } from './public-keys.ts';
import { requireForm, ScriptParser } from './script-parser.ts';
import type { ScriptTemplate } from './script-template.ts';

/** How the locking scripts of a wallet are made of public keys. */
export interface WalletKeys {
  readonly template: ScriptTemplate;
  /**
   * At least one, each with all keys of the template. In a descriptor with `<0;1>` the first is of addresses to receive with, and the second
   * of change.
   */
  readonly chains: readonly (readonly KeyChain[])[];
}

/** The most characters of a descriptor: as many keys as it may have need no more, with their origins and paths. */
const MAX_LENGTH = 5_000;

/** The scripts of an extended public key by itself; those for several signers have none. */
const OF_ONE_KEY: Readonly<Partial<Record<KeyForm, ScriptTemplate>>> = {
  pkh: { kind: 'pkh', key: 0 },
  wpkh: { kind: 'wpkh', key: 0 },
  'sh(wpkh)': { kind: 'sh', script: { kind: 'wpkh', key: 0 } },
};

const ALL_SIGNERS =
  'Give the keys of all of them as `descriptor`: wsh(sortedmulti(2,KEY,KEY)), or sh(wsh(sortedmulti(2,KEY,KEY))).';

/** What it costs to parse a descriptor, in points: it has more than a hundred characters for each key. */
export function pointsOfText(text: string): number {
  return Math.min(text.length, MAX_LENGTH);
}

/**
 * Parses a descriptor (BIP 380 to 387) with public keys, or with extended ones and their paths, of which one number may be several
 * (BIP 389) and the last one any.
 * @throws BAD_DESCRIPTOR; never repeats the text
 */
export function parseDescriptor(given: string, network: Network): WalletKeys {
  const text = withoutChecksum(checked(given));
  const parser = new ScriptParser(network);
  const template = parser.parse(parseExpression(text), 'top');
  return { template, chains: inLockstep(parser.keys) };
}

/** The keys of an extended public key by itself: chain 0 to receive with, chain 1 for change (BIP 44, 49, 84). @throws BAD_DESCRIPTOR */
export function parseXpub(given: string, network: Network): WalletKeys {
  const text = checked(given);
  if (/[()#/]/.test(text)) throw mistaken('This is a descriptor or has a path: give it as `descriptor`.');
  const { key, name, form } = parseExtendedKey(text, network);
  const template = OF_ONE_KEY[form];
  if (template === undefined) throw mistaken(`${name} is the key of one of several signers. ${ALL_SIGNERS}`);
  publicKeyOf(key.publicKey);
  requireForm(form, network);
  return { template, chains: [0, 1].map((chain) => [{ kind: 'derived', key, path: [chain], isRanged: true }]) };
}

function checked(given: string): string {
  const text = given.trim();
  if (text.length > MAX_LENGTH)
    throw mistaken(`This has more than ${MAX_LENGTH} characters, which nothing needs that is supported.`);
  refusePrivateKeys(text);
  return text;
}

/** The chains of a wallet, from those of each key: all keys go on to their next numbers together (BIP 389). */
function inLockstep(keys: readonly (readonly KeyChain[])[]): KeyChain[][] {
  const counts = new Set(keys.map(({ length }) => length).filter((length) => length > 1));
  if (counts.size > 1)
    throw mistaken(
      'The paths of the keys have different counts of numbers at one place: <0;1> in one, <0;1;2> in another.',
    );
  const [count = 1] = counts;
  return Array.from({ length: count }, (_, i) => keys.map((chains) => chains[chains.length === 1 ? 0 : i]!));
}
