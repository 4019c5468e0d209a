import type { Network } from '../../src/chain/networks.ts';
import { type CommitNumber, compareCommitNumbers, encodeCommitNumber } from '../../src/store/commit-number.ts';
import { departedKey, isFull } from '../../src/store/departures.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter, Commit } from '../../src/store/writer.ts';
import { steadyNow } from '../../src/waiting.ts';
import { pendingPostings } from './pending-postings.ts';

export interface DepartedOptions {
  readonly store: ChainStore;
  readonly writer: ChainWriter;
  readonly network: Network;
}

/** Something that is no longer pending, and the commit that took it away. */
export interface Departed {
  readonly arrival: CommitNumber;
  readonly number: CommitNumber;
}

/** Transactions whose postings move together. */
const AT_ONCE = 250;

/** Moves the postings of what has gone out of the way of those who look for what is pending. */
export class DepartedPostings {
  readonly #options: DepartedOptions;
  /** The last stretch; null for a new writer, which begins a new one. */
  #stretch: { departures: number; readonly begun: number } | null = null;

  constructor(options: DepartedOptions) {
    this.#options = options;
  }

  /** What a commit that takes some transactions away says of that. */
  told(number: CommitNumber, departures: number): Pick<Commit, 'departed' | 'stretches'> {
    const { stretches } = this.#options.writer.state;
    if (departures === 0) return {};
    const now = steadyNow();
    const stretch = this.#stretch;
    if (stretch !== null && stretches.length > 0 && !isFull(stretch.departures, now - stretch.begun)) {
      stretch.departures += departures;
      return { departed: number };
    }
    this.#stretch = { departures, begun: now };
    return { departed: number, stretches: [...stretches, number] };
  }

  /** Moves what commits that count have taken away. Whoever is cut off may do it again. */
  async move(departed: readonly Departed[]): Promise<void> {
    const { writer } = this.#options;
    for (let from = 0; from < departed.length; from += AT_ONCE)
      await this.#moveSome(departed.slice(from, from + AT_ONCE));
    if (!isSettled(writer)) await writer.tellMoved(writer.state.departed!);
  }

  async #moveSome(departed: readonly Departed[]): Promise<void> {
    const { store, writer, network } = this.#options;
    const arrivals = departed.map(({ arrival }) => encodeCommitNumber(arrival));
    const records = await store.get('pending', arrivals);
    const rows = new RowPacker();
    const keys: Uint8Array[] = [];
    for (const [i, key] of arrivals.entries()) {
      const value = records[i];
      if (value == null) continue;
      const stretch = stretchOf(departed[i]!.number, writer.state.stretches);
      for (const posting of await pendingPostings({ key, value }, store, network)) {
        rows.add({ key: departedKey(stretch, posting.key), value: posting.value });
        keys.push(posting.key);
      }
    }
    // Readers look here first and there next, so what goes is there before.
    await writer.write(new Map([['departedPostings', rows.finish()]]));
    await writer.remove('pendingPostings', keys);
  }
}

function isSettled({ state: { departed, moved } }: ChainWriter): boolean {
  return departed === null || (moved !== null && compareCommitNumbers(moved, departed) >= 0);
}

/** The stretch that a departure belongs to: the last one that began before it, or with it. */
function stretchOf(number: CommitNumber, stretches: readonly CommitNumber[]): CommitNumber {
  return stretches.findLast((first) => compareCommitNumbers(first, number) <= 0) ?? number;
}
