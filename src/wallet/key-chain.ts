import { fromHex } from '../chain/bytes.ts';
import type { Network } from '../chain/networks.ts';
import { type ExtendedKey, parseExtendedKey } from './extended-key.ts';
import { mistaken } from './mistake.ts';
import { publicKeyOf } from './public-keys.ts';
import type { ScriptForm } from './script-template.ts';

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

/** The most numbers of a path, and of one place in it. */
const MAX_PATH = 20;
const MAX_CHAINS = 10;
const MAX_NUMBER = 0x7fff_ffff;

/** An origin, a key, and a path. */
const KEY = /^(?:\[[0-9a-fA-F]{8}(?:\/[0-9]+['hH]?)*\])?([0-9A-Za-z]+)((?:\/[^/]+)*)$/;

/** Scripts from before SegWit may have keys that are not compressed. */
const UNCOMPRESSED: ReadonlySet<ScriptForm> = new Set(['pkh', 'sh']);

/**
 * Parses a key of a descriptor (BIP 380).
 * @param form of the scripts that it is for
 * @returns its chain, or several if one number of the path is several (BIP 389)
 * @throws BAD_DESCRIPTOR
 */
export function parseKeyChains(expression: string, form: ScriptForm, network: Network): KeyChain[] {
  const [, text, steps] = KEY.exec(expression) ?? [];
  if (text === undefined)
    throw mistaken(
      `The key cannot be read. A key is [ORIGIN]KEY/PATH, for example [d34db33f/84h/0h/0h]xpub.../<0;1>/*.`,
    );
  if (/^(?:[0-9a-f]{2})+$/i.test(text)) return [{ kind: 'fixed', publicKey: parsePublicKey(text, steps!, form) }];
  const { key, form: ownForm } = parseExtendedKey(text, network);
  if (ownForm !== 'pkh' && ownForm !== form)
    throw mistaken(`The extended public key is for ${ownForm}, not for ${form}.`);
  publicKeyOf(key.publicKey);
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
  return publicKeyOf(wholeKey(fromHex(text), form)).bytes;
}

/** A public key with its first byte. */
function wholeKey(key: Uint8Array, form: ScriptForm): Uint8Array {
  const isCompressed = key.length === 33 && (key[0] === 2 || key[0] === 3);
  if (isCompressed) return key;
  if (UNCOMPRESSED.has(form) && key.length === 65 && key[0] === 4) return key;
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
