import { totalmem } from 'node:os';
import { BitqlError } from '../../errors.ts';

/**
 * For all requests together, in bytes and as a share of all memory. On a large machine it is more than the largest single
 * request takes: as many rows as one may examine, and the largest answer.
 */
const MAX_BYTES = 512 * 1024 * 1024;
const SHARE = 1 / 8;
/** The share of it that callers without a key may fill: the rest is left to those with a key. */
const SHARE_OF_STRANGERS = 3 / 4;
/**
 * The share of it that request bodies of strangers may fill: holding a half-sent body costs them nothing, and must not keep
 * others from their answers.
 */
const SHARE_OF_STRANGE_BODIES = 1 / 4;
/** A request below this size is never refused, so large requests cannot starve small ones. */
const ALWAYS_BYTES = 1024 * 1024;
/** The same for the body of a request: no more than its connection takes anyway. */
const ALWAYS_BYTES_OF_BODY = 4 * 1024;

/** The memory of a gateway for request bodies, large rows, and answers until they are sent. */
export class AnswerMemory {
  readonly #maxBytes: number;
  #bytes = 0;
  #bytesOfStrangers = 0;
  #bodyBytes = 0;

  constructor(maxBytes = memoryShare(SHARE, MAX_BYTES)) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param isStranger whether the caller has no key */
  open(isStranger: boolean): HeldMemory {
    return new HeldMemory((bytes) => {
      this.#move(bytes, isStranger);
      return this.#fits(isStranger);
    }, ALWAYS_BYTES);
  }

  /** The same for the body of a request, until it is parsed. */
  openBody(isStranger: boolean): HeldMemory {
    const mostBodies = isStranger ? SHARE_OF_STRANGE_BODIES * this.#maxBytes : this.#maxBytes;
    return new HeldMemory((bytes) => {
      this.#move(bytes, isStranger);
      this.#bodyBytes += bytes;
      return this.#fits(isStranger) && this.#bodyBytes <= mostBodies;
    }, ALWAYS_BYTES_OF_BODY);
  }

  #move(bytes: number, isStranger: boolean): void {
    this.#bytes += bytes;
    if (isStranger) this.#bytesOfStrangers += bytes;
  }

  /**
   * The sum of small requests of strangers, which are never refused, may exceed their share; callers with a key do not lose
   * that memory.
   */
  #fits(isStranger: boolean): boolean {
    const ofStrangers = SHARE_OF_STRANGERS * this.#maxBytes;
    if (isStranger) return this.#bytes <= ofStrangers;
    return this.#bytes - Math.max(0, this.#bytesOfStrangers - ofStrangers) <= this.#maxBytes;
  }
}

/** The memory of one request. */
export class HeldMemory {
  readonly #move: (bytes: number) => boolean;
  readonly #alwaysBytes: number;
  #bytes = 0;
  #isOver = false;

  /**
   * @param move takes or returns memory; returns whether the total is within the limit
   * @param alwaysBytes what is granted in any case
   */
  constructor(move: (bytes: number) => boolean, alwaysBytes: number) {
    this.#move = move;
    this.#alwaysBytes = alwaysBytes;
  }

  /** @throws OVERLOADED */
  readonly take = (bytes: number): void => {
    if (this.#isOver) return;
    this.#bytes += bytes;
    if (this.#move(bytes) || this.#bytes <= this.#alwaysBytes) return;
    throw new BitqlError(
      'OVERLOADED',
      'The gateway has no memory left for another answer: ask for less at once, or try again.',
    );
  };

  /** Returns some of it. */
  giveBack(bytes: number): void {
    if (this.#isOver) return;
    this.#bytes -= bytes;
    this.#move(-bytes);
  }

  /** Returns all of it. Memory taken later is not counted: nobody waits for the answer, so it is not kept for long. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#move(-this.#bytes);
  }
}

/**
 * A share of the memory that this process may have (that of its container, else of the machine), in bytes, and at most `most`.
 */
export function memoryShare(share: number, most: number): number {
  const constrained = process.constrainedMemory();
  const available = constrained > 0 ? Math.min(constrained, totalmem()) : totalmem();
  return Math.min(most, Math.floor(share * available));
}
