import type { GrantStretch } from './grant-stretch.ts';

/** What a gateway was granted for a caller in one minute, and has not spent. */
export class Purse {
  readonly minute: GrantStretch;
  /** Whether there is no more to be had. */
  isLast = false;
  #left = 0;
  /** What came out of the hour's, and has not gone back there. */
  #burst = 0;
  #hour: GrantStretch | null = null;

  constructor(minute: GrantStretch) {
    this.minute = minute;
  }

  get left(): number {
    return this.#left;
  }

  /** Whether there were as many. */
  take(points: number): boolean {
    if (points > this.#left) return false;
    this.#left -= points;
    return true;
  }

  put(points: number): void {
    this.#left += points;
  }

  putBurst(points: number, hour: GrantStretch): void {
    this.put(points);
    if (this.#hour !== hour) this.#burst = 0;
    this.#hour = hour;
    this.#burst += points;
  }

  /** Takes points that are to go back where they came from. @returns how many of them are of which hour */
  takeSurplus(points: number): { readonly ofBurst: number; readonly hour: GrantStretch | null } {
    const ofBurst = Math.min(points, this.#burst);
    this.#left -= points;
    this.#burst -= ofBurst;
    return { ofBurst, hour: this.#hour };
  }
}
