import { fromHex } from '../chain/bytes.ts';
import type { Network } from '../chain/networks.ts';
import { withoutChecksum } from './checksum.ts';
import { type ExtendedKey, parseExtendedKey, type ScriptForm } from './extended-key.ts';
import { mistaken, refusePrivateKeys } from './mistake.ts';
import { requirePoint } from './public-keys.ts';

/** How the locking scripts of a wallet are made: of one public key each. */
export interface WalletKeys {
  readonly form: ScriptForm;
  /** At least one. In a descriptor with `<0;1>` the first is of addresses to receive with, and the second of change. */
  readonly chains: readonly KeyChain[];
}

/** The public keys of one chain of a wallet: a single one, or one for each index. */
export type KeyChain =
  | { readonly kind: 'fixed'; readonly publicKey: Uint8Array }
  | {
      readonly kind: 'derived';
      readonly key: ExtendedKey;
      /** The numbers below the extended key, without the last one if that is the index. */
      readonly path: readonly number[];
      /** Whether the last number is an index, "*". */
      readonly isRanged: boolean;
    };

/** The most characters of a descriptor: no key and path needs more. */
const MAX_LENGTH = 1_000;
/** The most numbers of a path, and of one place in it. */
const MAX_PATH = 20;
const MAX_CHAINS = 10;
const MAX_NUMBER = 0x7fff_ffff;

const SUPPORTED = 'Supported are pkh(KEY), wpkh(KEY), sh(wpkh(KEY)) and tr(KEY).';
const FUNCTION = /^(?:(pkh|wpkh|tr)\(([^()]*)\)|sh\(wpkh\(([^()]*)\)\))$/;
/** An origin, a key, and a path. */
const KEY = /^(?:\[[0-9a-fA-F]{8}(?:\/[0-9]+['hH]?)*\])?([0-9A-Za-z]+)((?:\/[^/]+)*)$/;

/**
 * Parses a descriptor (BIP 380) with one public key, or with an extended one and a path, of which one number may be several
 * (BIP 389) and the last one any.
 * @throws BAD_DESCRIPTOR; never repeats the text
 */
export function parseDescriptor(given: string, network: Network): WalletKeys {
  const text = withoutChecksum(checked(given));
  const [, simple, ofSimple, ofNested] = FUNCTION.exec(text) ?? [];
  const expression = ofSimple ?? ofNested;
  if (expression === undefined) throw mistaken(`${unsupportedAs(text)} ${SUPPORTED}`);
  const form = (simple ?? 'sh(wpkh)') as ScriptForm;
  requireForm(form, network);
  return { form, chains: parseKey(expression, form, network) };
}

/** What texts are that are no supported descriptor, and what to do with them instead. The first that fits counts. */
const OTHER_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/^[a-zA-Z]pub[^()]*$/, 'This is an extended public key by itself: give it as `xpub`, or within a function.'],
  [/^(?:addr\(.*|[^()]+)$/, 'This has no function with a key in it: for addresses, ask for `address` or `addresses`.'],
  [
    /multi(?:_a)?\(/,
    'Wallets of several signers are not supported: derive their addresses elsewhere, and ask for `addresses` and `outputs`.',
  ],
  [/^[^()]*\([^()]*$|^[^()]*\([^()]*\([^()]*\)?$/, 'A closing bracket is missing.'],
];

function unsupportedAs(text: string): string {
  return OTHER_TEXTS.find(([form]) => form.test(text))?.[1] ?? 'This is no descriptor that is supported.';
}

/** The keys of an extended public key by itself: chain 0 to receive with, chain 1 for change (BIP 44, 49, 84). @throws BAD_DESCRIPTOR */
export function parseXpub(given: string, network: Network): WalletKeys {
  const text = checked(given);
  if (/[()#/]/.test(text)) throw mistaken('This is a descriptor or has a path: give it as `descriptor`.');
  const { key, form } = parseExtendedKey(text, network);
  requirePoint(key.publicKey);
  requireForm(form, network);
  return { form, chains: [0, 1].map((chain) => ({ kind: 'derived', key, path: [chain], isRanged: true })) };
}

function checked(given: string): string {
  const text = given.trim();
  if (text.length > MAX_LENGTH)
    throw mistaken(`This has more than ${MAX_LENGTH} characters, which nothing needs that is supported.`);
  refusePrivateKeys(text);
  return text;
}

function requireForm(form: ScriptForm, { segwit, id }: Network): void {
  if (form === 'pkh' || segwit) return;
  throw mistaken(
    `There is no ${form} on ${id}: give pkh(KEY), or an extended public key that begins with xpub or tpub.`,
  );
}

function parseKey(expression: string, form: ScriptForm, network: Network): KeyChain[] {
  const [, text, steps] = KEY.exec(expression) ?? [];
  if (text === undefined)
    throw mistaken(
      `The key cannot be read. A key is [ORIGIN]KEY/PATH, for example [d34db33f/84h/0h/0h]xpub.../<0;1>/*.`,
    );
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return [{ kind: 'fixed', publicKey: parsePublicKey(text, steps!, form) }];
  const { key, form: ownForm } = parseExtendedKey(text, network);
  if (ownForm !== 'pkh' && ownForm !== form)
    throw mistaken(`The extended public key is for ${ownForm}, not for ${form}.`);
  requirePoint(key.publicKey);
  const path = steps!.split('/').slice(1);
  const isRanged = path.at(-1) === '*';
  return alternatives(isRanged ? path.slice(0, -1) : path).map((numbers) => ({
    kind: 'derived',
    key,
    path: numbers,
    isRanged,
  }));
}

function parsePublicKey(text: string, path: string, form: ScriptForm): Uint8Array {
  if (path !== '')
    throw mistaken('Nothing is derived from a plain public key: leave the path out, or give an extended public key.');
  const key = wholeKey(fromHex(text), form);
  requirePoint(key);
  return key;
}

/** A public key with its first byte. */
function wholeKey(key: Uint8Array, form: ScriptForm): Uint8Array {
  const isCompressed = key.length === 33 && (key[0] === 2 || key[0] === 3);
  if (isCompressed) return key;
  if (form === 'pkh' && key.length === 65 && key[0] === 4) return key;
  // An x-only key stands for the one with an even y (BIP 340).
  if (form === 'tr' && key.length === 32) return Uint8Array.of(2, ...key);
  throw mistaken(`The public key has no length or beginning that ${form} takes.`);
}

/** The paths that a path with several numbers at one place stands for. */
function alternatives(path: readonly string[]): number[][] {
  if (path.length > MAX_PATH) throw mistaken(`The path has more than ${MAX_PATH} numbers.`);
  const steps = path.map(numbersOf);
  const several = steps.filter(({ length }) => length > 1);
  if (several.length > 1) throw mistaken('Only one place of the path may have several numbers, <0;1>.');
  const count = several[0]?.length ?? 1;
  return Array.from({ length: count }, (_, i) => steps.map((numbers) => numbers[numbers.length === 1 ? 0 : i]!));
}

function numbersOf(step: string): number[] {
  if (/^(?:[0-9]+|\*)['hH]$/.test(step) || /^<.*['hH].*>$/.test(step)) {
    throw mistaken(
      'The path has a hardened number behind the extended public key, which only its private key could derive.',
    );
  }
  const [, several] = /^<([0-9]+(?:;[0-9]+)+)>$/.exec(step) ?? [];
  if (several === undefined && !/^[0-9]+$/.test(step)) {
    throw mistaken(
      'The path cannot be read. A path is numbers, of which one may be several, <0;1>, and the last one any, *.',
    );
  }
  const numbers = (several ?? step).split(';').map(Number);
  if (numbers.some((number) => number > MAX_NUMBER)) throw mistaken(`A number of the path is above ${MAX_NUMBER}.`);
  if (numbers.length > MAX_CHAINS) throw mistaken(`A place of the path has more than ${MAX_CHAINS} numbers.`);
  if (new Set(numbers).size < numbers.length) throw mistaken('A place of the path has a number twice.');
  return numbers;
}
