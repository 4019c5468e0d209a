import { Random } from '../chain/random.ts';
import { type Cutter, isCommand } from '../support/faulty-proxy.ts';

/** The place of the next cut: anywhere, in a change of the state record, or in the server's answer to that. */
const PLACES = ['anywhere', 'change', 'answer'] as const;

/** After every second cut, this many bytes of the next connection pass before it is cut too: the driver repeats a request that fails once. */
const BURST = 2;

/** Cuts connections at bytes that a seed determines, a given number of times. */
export class RandomCuts {
  readonly #random: Random;
  readonly #longestBytes: number;
  #left: number;
  #place: (typeof PLACES)[number] = 'anywhere';
  #bytesLeft = 0;
  #burst = 0;
  /** The connection that waits for the answer to a change. */
  #changing: object | null = null;

  /** @param longestBytes the most bytes between two cuts anywhere */
  constructor(seed: number, count: number, longestBytes: number) {
    this.#random = new Random(seed);
    this.#longestBytes = longestBytes;
    this.#left = count;
    this.#plan();
  }

  get left(): number {
    return this.#left;
  }

  readonly cutter: Cutter = (bytes, direction, connection) => {
    if (this.#burst > 0) {
      this.#burst -= 1;
      return 0;
    }
    if (this.#left === 0 || !this.#isHere(bytes, direction === 'request', connection)) return null;
    const place = this.#place === 'anywhere' ? this.#bytesLeft : this.#random.below(bytes.length);
    this.#left -= 1;
    this.#burst = this.#random.below(2) * BURST;
    this.#plan();
    return place;
  };

  #plan(): void {
    this.#place = PLACES[this.#left % PLACES.length]!;
    this.#bytesLeft = this.#random.below(this.#longestBytes);
    this.#changing = null;
  }

  #isHere(bytes: Buffer, isRequest: boolean, connection: object): boolean {
    if (this.#place === 'anywhere') {
      if (this.#bytesLeft < bytes.length) return true;
      this.#bytesLeft -= bytes.length;
      return false;
    }
    const isChange = isRequest && isCommand(bytes, 'update', 'state');
    if (this.#place === 'change') return isChange;
    if (isChange) this.#changing = connection;
    return !isRequest && connection === this.#changing;
  }
}
