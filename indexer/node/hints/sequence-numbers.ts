/** Half of the 32 bits that the numbers have: a number that is further ahead is one of before. */
const HALF = 0x8000_0000;

/** Counts the messages of each topic, which nodes number from 0 on, in 32 bits, since they were started. */
export class SequenceNumbers {
  readonly #last = new Map<string, number>();

  /** Whether messages of the topic are missing before this one, or may be: also where the node was restarted. */
  isGap(topic: string, number: number): boolean {
    const last = this.#last.get(topic);
    if (last === undefined) {
      this.#last.set(topic, number);
      return number !== 0;
    }
    const ahead = (number - last) >>> 0;
    const isRestart = number === 0 && ahead !== 1 && last !== 0;
    if ((ahead > 0 && ahead < HALF) || isRestart) this.#last.set(topic, number);
    return isRestart || (ahead > 1 && ahead < HALF);
  }

  /** A new connection: what is missing is not known. */
  forget(): void {
    this.#last.clear();
  }
}
