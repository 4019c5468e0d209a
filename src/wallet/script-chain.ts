import { secp256k1 } from '@noble/curves/secp256k1.js';
import { LRUCache } from 'lru-cache';
import { mapKey, toHex } from '../chain/bytes.ts';
import { sha256 } from '../chain/hash.ts';
import type { Work } from '../query/work.ts';
import type { KeyChain } from './key-chain.ts';
import { lockingScripts } from './locking-scripts.ts';
import { keyAt, type ParentKey, type PublicKey, publicKeyOf, publicKeysBelow } from './public-keys.ts';
import type { ScriptTemplate } from './script-template.ts';

/* The cost of a key in points, about the microseconds of processor time: by itself, and made together with many. */
const POINTS_OF_ONE_KEY = 300;
const POINTS_OF_KEY = 150;

/** So many keys are derived without a pause for other requests: in about a hundredth of a second. */
const KEYS_AT_ONCE = 100;

/** Of chains, each with little more than 1,000 scripts at most: 30 MB in the worst case. */
const MAX_CHAINS = 200;

const INDEXES = 0x8000_0000;

/** A key of the template: the same for all indexes, or the parent of one for each. */
type Parent =
  | { readonly kind: 'fixed'; readonly key: PublicKey }
  | { readonly kind: 'ranged'; readonly key: ParentKey };

/** The locking scripts of one chain of a wallet, each derived once. */
export class ScriptChain {
  /** How many there are: one, or one for each index. */
  readonly length: number;
  readonly #template: ScriptTemplate;
  readonly #keys: readonly KeyChain[];
  /** Of the keys that are made for one script, counting the one that Taproot makes of another. */
  readonly #keysOfScript: number;
  #parents: readonly Parent[] | undefined;
  /** From index 0 on. */
  readonly #derived: Uint8Array[] = [];

  /** @param keys those of the template */
  constructor(template: ScriptTemplate, keys: readonly KeyChain[]) {
    this.#template = template;
    this.#keys = keys;
    const ranged = keys.filter((key) => key.kind === 'derived' && key.isRanged).length;
    this.length = ranged === 0 ? 1 : INDEXES;
    this.#keysOfScript = ranged + (template.kind === 'tr' ? 1 : 0);
  }

  /**
   * Derives the first ones, as far as they are lacking, and lets other requests go first now and then. Since many at once take less time,
   * it derives up to twice as many as there were.
   */
  async upTo(count: number, work: Pick<Work, 'add' | 'goOn'>): Promise<readonly Uint8Array[]> {
    const wanted = Math.min(count, this.length);
    if (this.#parents === undefined) work.add(this.#pointsOfParents);
    const keysOfEach = Math.max(1, this.#keysOfScript);
    const atOnce = Math.max(1, Math.floor(KEYS_AT_ONCE / keysOfEach));
    while (this.#derived.length < wanted) {
      const from = this.#derived.length;
      const next = Math.min(this.length, from + atOnce, Math.max(wanted, 2 * from));
      work.add((next - from) * keysOfEach * POINTS_OF_KEY);
      const wait = work.goOn();
      if (wait !== null) await wait;
      // Another request may have derived them meanwhile.
      this.#derived.push(...this.derive(this.#derived.length, next - this.#derived.length));
    }
    return this.#derived.slice(0, wanted);
  }

  /** Consecutive ones, from an index on, which are not kept. */
  derive(from: number, count: number): Uint8Array[] {
    const indexes = Math.max(0, Math.min(count, this.length - from));
    this.#parents ??= this.#keys.map(parentOf);
    const parents = this.#parents.flatMap((parent) => (parent.kind === 'ranged' ? [parent.key] : []));
    const below = publicKeysBelow(parents, from, indexes);
    const keys = this.#parents.map((parent) => {
      return parent.kind === 'ranged' ? below.shift()! : Array.from({ length: indexes }, () => parent.key);
    });
    return lockingScripts(this.#template, keys);
  }

  /** The numbers from an extended key to its key in a script, such as 0/5: of the first key that is derived. Empty if none is. */
  pathOf(index: number): string {
    const derived = this.#keys.filter((key) => key.kind === 'derived');
    const key = derived.find(({ isRanged }) => isRanged) ?? derived[0];
    if (key === undefined) return '';
    return (key.isRanged ? [...key.path, index] : key.path).join('/');
  }

  get #pointsOfParents(): number {
    const steps = this.#keys.map((key) => (key.kind === 'fixed' ? 0 : key.path.length));
    return steps.reduce((sum, count) => sum + count, 0) * POINTS_OF_ONE_KEY;
  }
}

function parentOf(chain: KeyChain): Parent {
  if (chain.kind === 'fixed') return { kind: 'fixed', key: publicKeyOf(chain.publicKey) };
  const key = keyAt(chain.key, chain.path);
  return chain.isRanged ? { kind: 'ranged', key } : { kind: 'fixed', key: { bytes: key.publicKey, point: key.point } };
}

const REHEARSAL: ScriptTemplate = { kind: 'wpkh', key: 0 };
const NOBODY: KeyChain = {
  kind: 'derived',
  key: { publicKey: secp256k1.Point.BASE.toBytes(), chainCode: new Uint8Array(32) },
  path: [0],
  isRanged: true,
};
/** So many take some tens of milliseconds, and then they are about as fast as they get. */
const REHEARSED = 100;

/**
 * Keeps the chains that were asked for last, since a wallet is asked for page by page and deriving takes most of the time. It knows
 * them by a hash of their keys.
 */
export class ScriptChains {
  readonly #chains = new LRUCache<string, ScriptChain>({ max: MAX_CHAINS });

  /** Derives some scripts of nobody first, so that no request waits until what all of them need is made and compiled. */
  static prepared(): ScriptChains {
    new ScriptChain(REHEARSAL, [NOBODY]).derive(0, REHEARSED);
    return new ScriptChains();
  }

  of(template: ScriptTemplate, keys: readonly KeyChain[]): ScriptChain {
    const name = nameOf(template, keys);
    const found = this.#chains.get(name) ?? new ScriptChain(template, keys);
    this.#chains.set(name, found);
    return found;
  }
}

function nameOf(template: ScriptTemplate, keys: readonly KeyChain[]): string {
  const written = keys.map((key) => {
    if (key.kind === 'fixed') return toHex(key.publicKey);
    return [toHex(key.key.publicKey), toHex(key.key.chainCode), key.path, key.isRanged];
  });
  return mapKey(sha256(new TextEncoder().encode(JSON.stringify([template, written]))));
}
