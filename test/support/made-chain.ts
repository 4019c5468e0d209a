import { hash256 } from '../../src/chain/hash.ts';
import {
  dataScript,
  encodeBlock,
  encodeCoinbase,
  encodeTransaction,
  type MadeInput,
  type MadeOutput,
  PLAIN_SCRIPTS,
  p2pkhScript,
} from './synthetic-chain.ts';

/** Keys that pay each other in made-up chains, and the words of their data outputs. */
export const KEYS = 5;
export const WORDS = [
  ...['', 'a', 'ab', 'abc', 'abcd', 'abcde', 'abcdefgh', 'abcdefghi', 'abcdX', 'zz'],
  ...['x'.repeat(32), 'x'.repeat(40), 'x'.repeat(300)],
];

/** A repeatable source of whole numbers below n. */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % n;
  };
}

interface Unspent extends MadeInput {
  readonly value: number;
}

/** A chain made up from a seed, in which few keys pay each other and few words occur many times. */
export class MadeChain {
  readonly blocks: Uint8Array[];
  /** The outputs that can be spent after each block. */
  readonly #unspent: Unspent[][];
  readonly #below: (n: number) => number;

  constructor(seed: number, parent?: { chain: MadeChain; length: number }) {
    this.#below = numbers(seed);
    this.blocks = parent?.chain.blocks.slice(0, parent.length) ?? [];
    this.#unspent = parent === undefined ? [] : parent.chain.#unspent.slice(0, parent.length);
  }

  mine(count: number): this {
    for (let i = 0; i < count; i++) this.#mineOne();
    return this;
  }

  /** Another chain that shares this one's first blocks. */
  branch(length: number, seed: number): MadeChain {
    return new MadeChain(seed, { chain: this, length });
  }

  #mineOne(): void {
    const height = this.blocks.length;
    const unspent = [...(this.#unspent.at(-1) ?? [])];
    const transactions: Uint8Array[] = [];
    const add = (transaction: Uint8Array, outputs: readonly MadeOutput[]) => {
      transactions.push(transaction);
      const txid = hash256(transaction);
      outputs.forEach(({ value, script }, index) => {
        if (script[0] !== 0x00) unspent.push({ txid, index, value });
      });
    };
    const reward = [{ value: 5_000, script: p2pkhScript(this.#below(KEYS)) }];
    add(encodeCoinbase(height + 1_000 * this.#below(1_000), reward), reward);
    for (let i = this.#below(8); i > 0; i--) {
      const outputs = this.#outputs();
      add(encodeTransaction([this.#input(unspent, height, i)], outputs, i), outputs);
    }
    // Header times sometimes go back, as real ones do.
    const time = 1_000 + 10 * height - (height % 7 === 3 ? 15 : 0);
    this.blocks.push(encodeBlock(this.#tip(), time, transactions));
    this.#unspent.push(unspent);
  }

  /** Mostly an earlier output, else one that no block of the chain has. */
  #input(unspent: Unspent[], height: number, i: number): MadeInput {
    const [spent] = this.#below(3) > 0 ? unspent.splice(this.#below(unspent.length), 1) : [];
    return spent ?? { txid: hash256(Uint8Array.of(height, i)), index: this.#below(4) };
  }

  #outputs(): MadeOutput[] {
    const payments = Array.from({ length: this.#below(3) }, () => {
      const [value, key] = [this.#below(100), this.#below(KEYS)];
      return { value, script: value % 8 === 7 ? PLAIN_SCRIPTS[key % PLAIN_SCRIPTS.length]! : p2pkhScript(key) };
    });
    return [...payments, ...Array.from({ length: this.#below(3) }, () => ({ value: 0, script: this.#data() }))];
  }

  #data(): Uint8Array {
    const words = Array.from({ length: this.#below(4) }, () => WORDS[this.#below(WORDS.length)]!);
    return dataScript(words.map((word) => new TextEncoder().encode(word)));
  }

  #tip(): Uint8Array {
    const last = this.blocks.at(-1);
    return last === undefined ? new Uint8Array(32) : hash256(last.subarray(0, 80));
  }
}
