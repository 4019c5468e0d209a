/** How often the same is told, as long as it lasts. */
const EVERY_MS = 60_000;

/** Has what lasts told at once, and again each minute. */
export class Reminders<K = string> {
  readonly #toldAt = new Map<K, number>();

  /** Whether it is to be told now; then it counts as told. @param now of a steady clock, in milliseconds */
  isDue(what: K, now: number = performance.now()): boolean {
    const toldAt = this.#toldAt.get(what);
    if (toldAt !== undefined && now - toldAt < EVERY_MS) return false;
    this.#toldAt.set(what, now);
    return true;
  }

  /** Whether anything was told since the last `clear`. */
  get hasTold(): boolean {
    return this.#toldAt.size > 0;
  }

  /** All of it is over. */
  clear(): void {
    this.#toldAt.clear();
  }
}
