import { equalBytes, u16At, u32At } from '../../src/chain/bytes.ts';

interface Sums {
  readonly key: Uint8Array;
  /** Null where the script is paid nothing that can be spent. */
  received: number | null;
  spent: number;
}

/** What one transaction pays to each locking script and spends from it, in satoshis, by `lock` key. */
export class SumsByLock {
  readonly all: Sums[] = [];
  /** By the first 48 bits of the key, or, where another key has them too, the next free number. */
  readonly #places = new Map<number, number>();

  receive(key: Uint8Array, value: number | null): void {
    const sums = this.#of(key);
    if (value !== null) sums.received = (sums.received ?? 0) + value;
  }

  spend(key: Uint8Array, value: number): void {
    this.#of(key).spent += value;
  }

  #of(key: Uint8Array): Sums {
    for (let name = u32At(key, 0) * 0x1_0000 + u16At(key, 4); ; name++) {
      const place = this.#places.get(name);
      if (place === undefined) {
        this.#places.set(name, this.all.length);
        const sums = { key, received: null, spent: 0 };
        this.all.push(sums);
        return sums;
      }
      if (equalBytes(this.all[place]!.key, key)) return this.all[place]!;
    }
  }
}
