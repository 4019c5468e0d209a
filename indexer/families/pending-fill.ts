import type { Network } from '../../src/chain/networks.ts';
import { decodeCommitNumber } from '../../src/store/commit-number.ts';
import { familyPostings } from '../../src/store/content-postings.ts';
import { departedKey, departuresOf, type NumberedDeparture } from '../../src/store/departures.ts';
import { heldFamilies, pendingFamilies, withEach } from '../../src/store/families.ts';
import { RowPacker, rowsOf } from '../../src/store/packed-rows.ts';
import { EVERY_ARRIVAL, readPending } from '../../src/store/pending.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import type { ChainStore, Row } from '../../src/store/store.ts';
import type { ChainWriter } from '../../src/store/writer.ts';
import { stretchOf } from '../mempool/departed.ts';
import { isMoved } from '../mempool/load.ts';
import { addContents } from '../rows/rows.ts';

export interface PendingFillOptions {
  readonly store: ChainStore;
  readonly writer: ChainWriter;
  readonly network: Network;
  readonly signal: AbortSignal;
}

const PAGE = 500;

/**
 * Adds the families that unconfirmed transactions lack to all of them, also to those that departed and can still be read.
 * Called before the writer commits anything else, so that none is missed. Can be repeated if it was cut off.
 */
export async function fillPending({ store, writer, network, signal }: PendingFillOptions): Promise<void> {
  const complete = pendingFamilies(writer.state);
  const lacking = new Set([...heldFamilies(writer.state)].filter((family) => !complete.has(family)));
  if (lacking.size === 0) return;
  const snapshot = Snapshot.latest(writer.state);
  for await (const { rows } of scanPages(store, 'pending', EVERY_ARRIVAL, PAGE)) {
    if (signal.aborted) return;
    const keys = rows.map(({ key }) => key);
    const departures = await departuresOf(store, snapshot, keys);
    const filled = new PendingFill(writer);
    for (const [i, row] of rows.entries()) {
      if (!snapshot.includes(decodeCommitNumber(row.key))) continue;
      const { transaction } = await readPending(store, row, network);
      filled.add(familyRows(row.key, familyPostings(transaction, network, lacking)), departures[i] ?? null);
    }
    await filled.write();
  }
  const since = writer.next();
  const families = withEach(writer.state.families, (state, family) =>
    lacking.has(family) ? { ...state, since } : state,
  );
  await writer.commit({ families }, since);
}

function familyRows(arrival: Uint8Array, contents: ReturnType<typeof familyPostings>): Row[] {
  const postings = new RowPacker();
  addContents(contents, arrival, { postings });
  return rowsOf(postings.finish());
}

/** Puts the postings of unconfirmed transactions where their other postings are. */
class PendingFill {
  readonly #writer: ChainWriter;
  readonly #pending = new RowPacker();
  readonly #departed = new RowPacker();
  readonly #removed = new RowPacker();

  constructor(writer: ChainWriter) {
    this.#writer = writer;
  }

  add(rows: readonly Row[], departure: NumberedDeparture | null): void {
    const { state } = this.#writer;
    for (const row of rows) {
      if (departure === null || !isMoved(departure.number, state)) this.#pending.add(row);
      else this.#departed.add({ ...row, key: departedKey(stretchOf(departure.number, state.stretches), row.key) });
      if (departure !== null && departure.reason !== 'mined') this.#removed.add(row);
    }
  }

  async write(): Promise<void> {
    await this.#writer.write(
      new Map([
        ['pendingPostings', this.#pending.finish()],
        ['departedPostings', this.#departed.finish()],
        ['removedPostings', this.#removed.finish()],
      ]),
    );
  }
}
