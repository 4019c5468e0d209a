import { concatBytes } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { Random } from '../chain/random.ts';
import { push } from '../chain/unlocking.ts';
import {
  dataScript,
  encodeBlock,
  encodeCoinbase,
  encodeTransaction,
  type MadeInput,
  type MadeOutput,
  p2pkhScript,
} from './synthetic-chain.ts';

const WORDS = ['ab', 'abcd', 'abcdefgh', 'text/plain', 'x'.repeat(40)].map((word) => new TextEncoder().encode(word));

/** Blocks of BCH whose transactions say something in tokens, in locking scripts without an address, and in unlocking scripts. */
export class TalkingChain {
  readonly blocks: Uint8Array[];
  readonly #random: Random;

  constructor(seed: number, blocks: readonly Uint8Array[] = []) {
    this.blocks = [...blocks];
    this.#random = new Random(seed);
  }

  mine(count: number): this {
    for (let i = 0; i < count; i++) this.#mineOne();
    return this;
  }

  /** Another chain that shares this one's first blocks. */
  branch(length: number, seed: number): TalkingChain {
    return new TalkingChain(seed, this.blocks.slice(0, length));
  }

  #mineOne(): void {
    const height = this.blocks.length;
    const coinbase = encodeCoinbase(height + 1_000 * this.#random.below(1_000_000), [
      { value: 5_000, script: p2pkhScript(this.#random.below(5)) },
    ]);
    const others = Array.from({ length: this.#random.below(4) }, () => this.transaction());
    const last = this.blocks.at(-1);
    const tip = last === undefined ? new Uint8Array(32) : hash256(last.subarray(0, 80));
    this.blocks.push(encodeBlock(tip, 1_000 + 10 * height, [coinbase, ...others]));
  }

  transaction(): Uint8Array {
    return encodeTransaction([this.input()], [this.output(), this.output()], this.#random.below(1_000_000));
  }

  /** It spends an output that no block has. */
  input(): MadeInput {
    return { txid: hash256(this.#random.bytes(8)), index: 0, unlockingScript: push(this.#word()) };
  }

  output(): MadeOutput {
    const payment = p2pkhScript(this.#random.below(5));
    const envelope = concatBytes(
      payment,
      Uint8Array.of(0x00, 0x63),
      push(this.#word()),
      push(this.#word()),
      Uint8Array.of(0x68),
    );
    const category = new Uint8Array(32).fill(this.#random.below(3));
    const token = concatBytes(Uint8Array.of(0xef), category, Uint8Array.of(0x60), push(this.#word()), payment);
    const script = this.#random.weighted([
      [1, payment],
      [1, envelope],
      [1, token],
      [1, dataScript([this.#word()])],
    ]);
    return { value: this.#random.below(100), script };
  }

  #word(): Uint8Array {
    return WORDS[this.#random.below(WORDS.length)]!;
  }
}
