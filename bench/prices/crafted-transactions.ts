import { concatBytes } from '../../src/chain/bytes.ts';
import { OP_1, OP_RETURN } from '../../src/chain/script.ts';
import type { Coin } from '../chain/coins.ts';
import { dataScript } from '../chain/data-outputs.ts';
import { encodeTransaction, type NewInput, type NewOutput } from '../chain/encode.ts';
import type { SyntheticChain } from '../chain/synthetic-chain.ts';
import type { MadeTransaction } from '../chain/transaction-maker.ts';
import { unlocking } from '../chain/unlocking.ts';

const FEE = 300;
const FINAL = 0xffff_ffff;
/** Each payment to the busy address, in satoshis. */
const WAGE = 1_000;
const TEXT = 'The quick brown fox jumps over the lazy dog. ';

/** The words in data outputs: in all that pay the busy address, in one half or the other of them, and in few. */
export const WORDS = { common: 'common-word', left: 'left-half', right: 'right-half', rare: 'rare-word' } as const;
const RARE_EVERY = 1_000;

/** Numbers of addresses that no other transaction pays. */
const APART = 1e9;
/** How many of the many outputs can be spent. */
const SPENDABLE = 1_000;

/** Transactions that cause much work for a low price; their outputs are not spent. */
export class CraftedTransactions {
  readonly #chain: SyntheticChain;

  constructor(chain: SyntheticChain) {
    this.#chain = chain;
  }

  /** With so many outputs, to addresses that no other transaction pays. Some of them are spent later. */
  outputs(count: number): MadeTransaction {
    const { coins } = this.#chain.transactions;
    const coin = coins.takeNewest();
    const value = Math.floor((coin.value - FEE) / count);
    const outputs = Array.from({ length: count }, (_, i) => ({ value, script: this.#script(APART + i) }));
    const made = this.#spend([coin], () => outputs);
    for (let index = 0; index < Math.min(count, SPENDABLE); index++) {
      coins.add({ txid: made.txid, index, value, address: APART + index });
    }
    return made;
  }

  /** Its data outputs consist of so many pushes, a byte each. */
  pushes(count: number, outputs: number): MadeTransaction {
    const script = concatBytes(Uint8Array.of(OP_RETURN), new Uint8Array(count).fill(OP_1));
    const carrier = { value: 0, script };
    return this.#spend([this.#coin()], () => Array.from({ length: outputs }, () => carrier));
  }

  /** One push of so many bytes of text. */
  text(length: number): MadeTransaction {
    const text = new TextEncoder().encode(TEXT.repeat(Math.ceil(length / TEXT.length)).slice(0, length));
    return this.#spend([this.#coin()], () => [{ value: 0, script: dataScript([text], false) }]);
  }

  inputs(count: number): MadeTransaction {
    const coins = Array.from({ length: count }, () => this.#coin());
    return this.#spend(coins, (value) => [{ value, script: this.#script(0) }]);
  }

  /** Each input shows so many witness items, a byte each. */
  witnessItems(count: number, inputs: number): MadeTransaction {
    const coins = Array.from({ length: inputs }, () => this.#coin());
    const witness = Array.from({ length: count }, () => Uint8Array.of(1));
    return this.#spend(coins, (value) => [{ value, script: this.#script(0) }], witness);
  }

  /** Pays an address, and has data with words, always including the common one. The change can be spent again. */
  wage(script: Uint8Array, n: number): MadeTransaction {
    const { transactions } = this.#chain;
    const coin = this.#coin();
    const address = transactions.addresses.choose();
    const half = n % 2 === 0 ? WORDS.left : WORDS.right;
    const words = [WORDS.common, half, `number ${n}`, ...(n % RARE_EVERY === 0 ? [WORDS.rare] : [])];
    const data = dataScript(
      words.map((word) => new TextEncoder().encode(word)),
      false,
    );
    const change = coin.value - WAGE - FEE;
    const made = this.#spend([coin], () => [
      { value: WAGE, script },
      { value: change, script: this.#script(address) },
      { value: 0, script: data },
    ]);
    transactions.coins.add({ txid: made.txid, index: 1, value: change, address });
    return made;
  }

  /** Pays all of some coins to one address. */
  merge(coins: readonly Coin[]): MadeTransaction {
    return this.#spend(coins, (value) => [{ value, script: this.#script(0) }]);
  }

  /** So many, of which each spends from the one before it. */
  line(count: number): MadeTransaction[] {
    const made: MadeTransaction[] = [];
    for (let coin = this.#coin(2 * count * FEE); made.length < count; ) {
      const { value } = coin;
      const next = this.#spend([coin], (left) => [{ value: left, script: this.#script(0) }]);
      made.push(next);
      coin = { txid: next.txid, index: 0, value: value - FEE, address: 0 };
    }
    return made;
  }

  /** One, and so many that each spend from it. */
  family(children: number): MadeTransaction[] {
    const coin = this.#coin(4 * children * FEE);
    const value = Math.floor((coin.value - FEE) / children);
    const parent = this.#spend([coin], () =>
      Array.from({ length: children }, () => ({ value, script: this.#script(0) })),
    );
    const childOf = (index: number) => this.merge([{ txid: parent.txid, index, value, address: 0 }]);
    return [parent, ...Array.from({ length: children }, (_, index) => childOf(index))];
  }

  /** One that is worth enough to pay with. @param least what it must be worth more than, in satoshis */
  #coin(least = 2 * (WAGE + FEE)): Coin {
    for (;;) {
      const coin = this.#chain.transactions.coin();
      if (coin.value > least) return coin;
    }
  }

  #script(address: number): Uint8Array {
    return this.#chain.transactions.addresses.scriptOf(address);
  }

  /** @param outputsFor makes the outputs from the satoshis that are left to pay */
  #spend(
    coins: readonly Coin[],
    outputsFor: (value: number) => readonly NewOutput[],
    witness?: readonly Uint8Array[],
  ): MadeTransaction {
    const sum = coins.reduce((total, { value }) => total + value, 0);
    const outputs = outputsFor(sum - FEE);
    const inputs = coins.map(({ txid, index, address }): NewInput => {
      const shown = unlocking(this.#chain.transactions.addresses.lockOf(address), this.#chain.random);
      return { txid, index, sequence: FINAL, script: shown.script, witness: witness ?? shown.witness };
    });
    const encoded = encodeTransaction({ version: 2, inputs, outputs, lockTime: 0 });
    const fee = sum - outputs.reduce((total, { value }) => total + value, 0);
    return { ...encoded, fee, inputCount: inputs.length, outputCount: outputs.length };
  }
}
