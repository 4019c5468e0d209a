import type { CommitNumber } from '../../src/store/commit-number.ts';

/** How exactly ages are known, in milliseconds. */
export const MARK_MS = 60_000;

/** How old this writer's commits are, by a steady clock: of one a minute it is noted when it was the last. */
export class CommitAges {
  readonly #marks: { readonly number: CommitNumber; readonly at: number }[] = [];

  /** Notes the last commit, where that is due. @returns whether it was */
  mark(number: CommitNumber, now: number): boolean {
    const last = this.#marks.at(-1);
    if (last !== undefined && now - last.at < MARK_MS) return false;
    this.#marks.push({ number, at: now });
    return true;
  }

  /** The last one that is known to have been made by some time; null where none is. */
  lastBy(time: number): CommitNumber | null {
    return this.#marks.findLast(({ at }) => at <= time)?.number ?? null;
  }

  /** Nobody will ask for a time before this. */
  forgetBefore(time: number): void {
    const kept = this.#marks.findLastIndex(({ at }) => at <= time);
    this.#marks.splice(0, Math.max(0, kept));
  }
}
