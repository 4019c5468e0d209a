import type { Network } from '../../src/chain/networks.ts';
import { type CommitNumber, compareCommitNumbers, encodeCommitNumber } from '../../src/store/commit-number.ts';
import { departedKey, isFull } from '../../src/store/departures.ts';
import { heldFamilies } from '../../src/store/families.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import type { ChainStore } from '../../src/store/store.ts';
import type { ChainWriter, Commit } from '../../src/store/writer.ts';
import { steadyNow } from '../../src/waiting.ts';
import { pendingPostings } from './swept-rows.ts';

export interface DepartedOptions {
  readonly store: ChainStore;
  readonly writer: ChainWriter;
  readonly network: Network;
}

/** A transaction that is no longer pending, and the commit that took it away. */
export interface Departed {
  readonly arrival: CommitNumber;
  readonly number: CommitNumber;
}

/** Transactions whose postings are moved together. */
const AT_ONCE = 250;

/** Moves the postings of departed transactions, so that searches for pending ones do not meet them. */
export class DepartedPostings {
  readonly #options: DepartedOptions;
  /** The current stretch; null for a new writer, which begins a new one. */
  #stretch: { departures: number; readonly begun: number } | null = null;

  constructor(options: DepartedOptions) {
    this.#options = options;
  }

  /** The part of a commit's state that describes its departures. */
  stateFor(number: CommitNumber, departures: number): Pick<Commit, 'departed' | 'stretches'> {
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

  /** Moves the postings of committed departures. Can be repeated if it was cut off. */
  async move(departed: readonly Departed[]): Promise<void> {
    const { writer } = this.#options;
    for (let from = 0; from < departed.length; from += AT_ONCE)
      await this.#moveSome(departed.slice(from, from + AT_ONCE));
    if (!isSettled(writer)) await writer.tellMoved(writer.state.departed!);
  }

  async #moveSome(departed: readonly Departed[]): Promise<void> {
    const { store, writer, network } = this.#options;
    const arrivals = departed.map(({ arrival }) => encodeCommitNumber(arrival));
    const context = { store, network, families: heldFamilies(writer.state) };
    const records = await store.get('pending', arrivals);
    const rows = new RowPacker();
    const keys: Uint8Array[] = [];
    for (const [i, key] of arrivals.entries()) {
      const value = records[i];
      if (value == null) continue;
      const stretch = stretchOf(departed[i]!.number, writer.state.stretches);
      for (const posting of await pendingPostings({ key, value }, context)) {
        rows.add({ key: departedKey(stretch, posting.key), value: posting.value });
        keys.push(posting.key);
      }
    }
    // Readers look in `pendingPostings` first and in `departedPostings` next, so postings are written there before they
    // are removed here.
    await writer.write(new Map([['departedPostings', rows.finish()]]));
    await writer.remove('pendingPostings', keys);
  }
}

function isSettled({ state: { departed, moved } }: ChainWriter): boolean {
  return departed === null || (moved !== null && compareCommitNumbers(moved, departed) >= 0);
}

/** The stretch that a departure belongs to: the last one that began before it, or with it. */
export function stretchOf(number: CommitNumber, stretches: readonly CommitNumber[]): CommitNumber {
  return stretches.findLast((first) => compareCommitNumbers(first, number) <= 0) ?? number;
}
