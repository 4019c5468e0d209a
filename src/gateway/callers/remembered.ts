import type { Caller } from './caller.ts';

/** Callers that are remembered at once. */
export const MAX_REMEMBERED = 50_000;
/** How many of the oldest are looked at for one that can be forgotten. */
const LOOKED_AT = 64;

/** The callers of late, and all that are in use: what these have open and have spent is forgotten only when it is over. */
export class Remembered {
  /** Those that came longest ago first. */
  readonly #callers = new Map<string, Caller>();

  get(name: string): Caller | undefined {
    const caller = this.#callers.get(name);
    if (caller !== undefined) this.#refresh(name, caller);
    return caller;
  }

  set(name: string, caller: Caller): void {
    this.#callers.set(name, caller);
  }

  /** Makes room for one more; false where too many are in use. */
  makeRoom(): boolean {
    let lookedAt = 0;
    for (const [name, caller] of this.#callers) {
      if (this.#callers.size < MAX_REMEMBERED || lookedAt++ === LOOKED_AT) break;
      if (caller.isInUse) this.#refresh(name, caller);
      else this.#callers.delete(name);
    }
    return this.#callers.size < MAX_REMEMBERED;
  }

  #refresh(name: string, caller: Caller): void {
    this.#callers.delete(name);
    this.#callers.set(name, caller);
  }
}
