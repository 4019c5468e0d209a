import type { ApiKey } from '../../access/access-store.ts';
import type { Tier } from '../../access/tiers.ts';
import type { BitqlError } from '../../errors.ts';
import { type KnownKeys, revoked, TRUST_MS } from './known-keys.ts';

/** How old what is known of a key may be when it is looked at again, and how often that is: together what a key is trusted. */
const LOOK_MS = TRUST_MS / 2;

/** Who has something open by a key. */
export interface KeyOwner {
  readonly hasOpen: boolean;
  accept(tier: Tier): void;
  revoke(refusal: BitqlError): void;
}

/**
 * Looks again at the keys of callers that have something open, so that what became of a key holds there, too. A key is looked up
 * once, whatever is open with it; a store that does not answer revokes none.
 */
export class KeyWatch {
  readonly #keys: KnownKeys;
  readonly #apply: (key: ApiKey, caller: KeyOwner) => void;
  readonly #watched = new Map<string, KeyOwner>();
  #timer: NodeJS.Timeout | undefined;

  /** @param apply has a key hold for its caller, as it is by then */
  constructor(keys: KnownKeys, apply: (key: ApiKey, caller: KeyOwner) => void) {
    this.#keys = keys;
    this.#apply = apply;
  }

  /** Watches a key as long as its caller has something open. */
  add(id: string, caller: KeyOwner): void {
    this.#watched.set(id, caller);
    this.#timer ??= setInterval(() => this.#look(), LOOK_MS).unref();
  }

  #look(): void {
    for (const [id, caller] of this.#watched) {
      if (caller.hasOpen) void this.#lookAt(id, caller);
      else this.#watched.delete(id);
    }
    if (this.#watched.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #lookAt(id: string, caller: KeyOwner): Promise<void> {
    try {
      const key = await this.#keys.find(id, LOOK_MS);
      if (key === null) caller.revoke(revoked());
      else this.#apply(key, caller);
    } catch {
      // What is open was let in by a key that was good when it could last be asked.
    }
  }
}
