import { BitqlError } from '../../errors.ts';
import { memoryShare } from './memory-share.ts';

/**
 * In bytes, of all requests together, and of all memory. Where there is enough it is more than the largest single request takes: as
 * many rows as one may examine, and the largest answer.
 */
const MAX_BYTES = 512 * 1024 * 1024;
const SHARE = 1 / 8;
/** What of it whoever has no key may fill: the rest is left to those who have one. */
const SHARE_OF_STRANGERS = 3 / 4;
/** What of it bodies of strangers may fill: a half-sent one costs nothing to hold, and must not keep others from their answers. */
const SHARE_OF_STRANGE_BODIES = 1 / 4;
/** Of one request: what takes no more is never refused, so that whoever asks for much cannot keep others from asking for little. */
const ALWAYS_BYTES = 1024 * 1024;
/** The same for the body of a request: no more than its connection takes anyway. */
const ALWAYS_BYTES_OF_BODY = 4 * 1024;

/** The memory that all requests of a gateway have for bodies that come, for large rows, and for answers until these are taken. */
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

  /** Many strangers may have more than is theirs, each the little that is never refused: that is not taken from others. */
  #fits(isStranger: boolean): boolean {
    const ofStrangers = SHARE_OF_STRANGERS * this.#maxBytes;
    if (isStranger) return this.#bytes <= ofStrangers;
    return this.#bytes - Math.max(0, this.#bytesOfStrangers - ofStrangers) <= this.#maxBytes;
  }
}

/** What one request has of it. */
export class HeldMemory {
  readonly #move: (bytes: number) => boolean;
  readonly #alwaysBytes: number;
  #bytes = 0;
  #isOver = false;

  /**
   * @param move takes more of the memory, or less; tells whether no more is taken than there is
   * @param alwaysBytes what is had in any case
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

  /** Gives some of it back. */
  giveBack(bytes: number): void {
    if (this.#isOver) return;
    this.#bytes -= bytes;
    this.#move(-bytes);
  }

  /** Gives all back: what is taken behind that is not kept for long, since nobody waits for it. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#move(-this.#bytes);
  }
}
