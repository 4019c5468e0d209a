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
/** Of one request: what takes no more is never refused, so that whoever asks for much cannot keep others from asking for little. */
const ALWAYS_BYTES = 1024 * 1024;

/** The memory that all requests of a gateway have for large rows and for their answers, until these are taken. */
export class AnswerMemory {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes = memoryShare(SHARE, MAX_BYTES)) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @param isStranger whether the caller has no key */
  open(isStranger: boolean): HeldMemory {
    const most = isStranger ? SHARE_OF_STRANGERS * this.#maxBytes : this.#maxBytes;
    return new HeldMemory((bytes) => {
      this.#bytes += bytes;
      return this.#bytes <= most;
    });
  }
}

/** What one request has of it. */
export class HeldMemory {
  readonly #move: (bytes: number) => boolean;
  #bytes = 0;
  #isOver = false;

  /** @param move takes more of the memory, or less; tells whether no more is taken than there is */
  constructor(move: (bytes: number) => boolean) {
    this.#move = move;
  }

  /** @throws OVERLOADED */
  readonly take = (bytes: number): void => {
    if (this.#isOver) return;
    this.#bytes += bytes;
    if (this.#move(bytes) || this.#bytes <= ALWAYS_BYTES) return;
    throw new BitqlError(
      'OVERLOADED',
      'The gateway has as much to answer as it has memory for: ask for less at once, or try again.',
    );
  };

  /** Gives all back: what is taken behind that is not kept for long, since nobody waits for it. */
  release(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#move(-this.#bytes);
  }
}
