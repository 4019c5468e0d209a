import { LRUCache } from 'lru-cache';
import { p2pkh, p2sh, witnessScript } from '../chain/address.ts';
import { concatBytes, mapKey } from '../chain/bytes.ts';
import { hash160, sha256 } from '../chain/hash.ts';
import type { KeyChain } from './descriptor.ts';
import type { ExtendedKey, ScriptForm } from './extended-key.ts';
import { keyAt, publicKeysBelow, taprootKeys } from './public-keys.ts';

/** The cost of deriving a locking script, in points: about the microseconds of processor time. */
const POINTS_OF_SCRIPT = 250;

/** Of chains, each with at most 1,000 scripts: 30 MB in the worst case. */
const MAX_CHAINS = 200;

const INDEXES = 0x8000_0000;

/** The locking scripts of one chain of a wallet, each derived once. */
export class ScriptChain {
  readonly #chain: KeyChain;
  readonly #form: ScriptForm;
  #parent: ExtendedKey | undefined;
  /** From index 0 on. */
  readonly #derived: Uint8Array[] = [];

  constructor(chain: KeyChain, form: ScriptForm) {
    this.#chain = chain;
    this.#form = form;
  }

  /** How many there are: one, or one for each index. */
  get length(): number {
    return this.#chain.kind === 'derived' && this.#chain.isRanged ? INDEXES : 1;
  }

  /** What it costs to have the first ones, in points. */
  pointsOf(count: number): number {
    return Math.max(0, Math.min(count, this.length) - this.#derived.length) * POINTS_OF_SCRIPT;
  }

  /** The first ones, as far as there are any. */
  first(count: number): readonly Uint8Array[] {
    const lacking = Math.min(count, this.length) - this.#derived.length;
    if (lacking > 0) this.#derived.push(...this.derive(this.#derived.length, lacking));
    return this.#derived.slice(0, count);
  }

  /** Consecutive ones, from an index on, which are not kept. */
  derive(from: number, count: number): Uint8Array[] {
    const keys = this.#keys(from, Math.min(count, this.length - from));
    const form = this.#form;
    if (form === 'tr') return taprootKeys(keys).map((key) => witnessScript(1, key)!);
    return keys.map((key) => hashScript(form, hash160(key)));
  }

  /** The numbers from the extended key to a key, such as 0/5; empty if nothing is derived. */
  pathOf(index: number): string {
    if (this.#chain.kind === 'fixed') return '';
    const { path, isRanged } = this.#chain;
    return (isRanged ? [...path, index] : path).join('/');
  }

  #keys(from: number, count: number): Uint8Array[] {
    const chain = this.#chain;
    if (chain.kind === 'fixed') return [chain.publicKey];
    this.#parent ??= keyAt(chain.key, chain.path);
    return chain.isRanged ? publicKeysBelow(this.#parent, from, count) : [this.#parent.publicKey];
  }
}

/**
 * Keeps the chains that were asked for last, since a wallet is asked for page by page and deriving takes most of the time. It knows
 * them by a hash of their keys.
 */
export class ScriptChains {
  readonly #chains = new LRUCache<string, ScriptChain>({ max: MAX_CHAINS });

  of(chain: KeyChain, form: ScriptForm): ScriptChain {
    const keys = chain.kind === 'fixed' ? [chain.publicKey] : [chain.key.publicKey, chain.key.chainCode];
    const path = chain.kind === 'fixed' ? '' : `${chain.path.join('/')} ${chain.isRanged}`;
    const name = `${mapKey(sha256(concatBytes(...keys)))} ${path} ${form}`;
    const found = this.#chains.get(name) ?? new ScriptChain(chain, form);
    this.#chains.set(name, found);
    return found;
  }
}

function hashScript(form: Exclude<ScriptForm, 'tr'>, hash: Uint8Array): Uint8Array {
  if (form === 'pkh') return p2pkh(hash);
  const witness = witnessScript(0, hash)!;
  return form === 'wpkh' ? witness : p2sh(hash160(witness));
}
