/** From here on a sequence is no relative lock time (BIP68); below 0xfffffffe it asks to be replaceable (BIP125). */
const FIRST = 0x8000_0000;
const COUNT = 0x7fff_fffc;

/**
 * Numbers for the inputs of payments, by which a process that did not make them finds the latest one: a millisecond
 * clock in the part of the sequence that means nothing. It begins anew after 24 days.
 */
export class Sequences {
  #last = 0;

  next(): number {
    this.#last = Math.max(Date.now(), this.#last + 1);
    return FIRST + (this.#last % COUNT);
  }
}

/** Whether it may be one of them. */
export function isNumbered(sequence: number): boolean {
  return sequence >= FIRST && sequence < FIRST + COUNT;
}
