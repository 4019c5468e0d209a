import type { Candidate, Exhausted, Source } from './source.ts';

/** Tiredness at which a source rests, and what a seek adds to it that skips little, or takes from it. */
const TIRED = 8;
const IN_VAIN = 1;
const OF_USE = -2;
/** For how many candidates a source rests. */
const REST = 128;

/**
 * A source that is sought beside others, and rests where that is not worth its reads: where it holds many more candidates than
 * they do, each seek in it reads a page and skips none of theirs. Then it is cheaper to examine their candidates. After some of
 * these it is tried again.
 */
export class TiringSource {
  readonly #source: Source;
  #tiredness = 0;
  #rest = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  seek(position: Uint8Array): Promise<Candidate | Exhausted | null> {
    return this.#source.seek(position);
  }

  /** Whether it is awake for the next candidate. */
  isAwake(): boolean {
    if (this.#rest === 0) return true;
    this.#rest -= 1;
    return false;
  }

  /** Notes whether a seek was of use. @returns whether the source is tired; then it rests from now on, if it may */
  note(isOfUse: boolean): boolean {
    this.#tiredness = Math.max(0, this.#tiredness + (isOfUse ? OF_USE : IN_VAIN));
    return this.#tiredness >= TIRED;
  }

  rest(): void {
    // If it is of no use once it is tried again, it rests again.
    this.#tiredness = TIRED - IN_VAIN;
    this.#rest = REST;
  }
}
