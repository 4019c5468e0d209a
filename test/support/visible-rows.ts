import { expect } from 'vitest';
import { toHex } from '../../src/chain/bytes.ts';
import { POSTING_KINDS } from '../../src/store/postings.ts';
import { scanPages } from '../../src/store/scan-pages.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { decodeState } from '../../src/store/state.ts';
import { type ReadStore, type Row, TABLES, type Table } from '../../src/store/store.ts';

const TABLES_BY_HEIGHT = ['blocks', 'totals', 'pages', 'transactions', 'payloads'] as const;

export interface VisibleRowsOptions {
  /** Whether to include when a transaction was first seen, which an index that is made later cannot know [true]. */
  readonly withFirstSeen?: boolean;
}

/**
 * Everything of blocks that a reader of a store can see, as text lines: the rows of the main chain up to the tip, with
 * forks left out, since two indexes of the same chain may have met its blocks in another order.
 */
export async function visibleRows(
  store: ReadStore,
  { withFirstSeen = true }: VisibleRowsOptions = {},
): Promise<string[]> {
  const state = decodeState((await store.readState())!.value);
  const snapshot = Snapshot.latest(state);
  const lines = [`tip ${JSON.stringify(state.tip)} coverage ${JSON.stringify(state.coverage)}`];
  for (const table of TABLES_BY_HEIGHT) {
    for (const { key, value } of await allRows(store, table, TABLES[table])) {
      const position = new Uint8Array(8);
      position.set(key.subarray(0, 4));
      if (snapshot.seesKey(position)) lines.push(`${table} ${withoutFork(key, 0)} ${toHex(value)}`);
    }
  }
  for (const { tag, length } of Object.values(POSTING_KINDS)) {
    const isLeftOut = !withFirstSeen && tag === POSTING_KINDS.txid.tag;
    for (const { key, value } of await allRows(store, 'postings', 1 + length + 8, tag)) {
      const text = isLeftOut ? '' : toHex(value);
      if (snapshot.seesKey(key)) lines.push(`posting ${withoutFork(key, 1 + length)} ${text}`);
    }
  }
  return lines.sort();
}

/** All rows with keys of a length and, for postings, with a tag; of unconfirmed transactions only on request. */
export async function allRows(store: ReadStore, table: Table, length: number, tag?: number): Promise<Row[]> {
  const rows: Row[] = [];
  const max = new Uint8Array(length).fill(0xff);
  if ((TABLES_BY_HEIGHT as readonly Table[]).includes(table)) max[0] = 0x7f;
  const min = new Uint8Array(length);
  if (tag !== undefined) min[0] = max[0] = tag;
  for await (const page of scanPages(store, table, { min, max }, 2_000)) rows.push(...page.rows);
  return rows;
}

function withoutFork(key: Uint8Array, positionAt: number): string {
  const plain = Uint8Array.from(key);
  plain[positionAt + 3] = 0;
  return toHex(plain);
}

/** Compares rows. `toEqual` would take minutes to print the difference of so many long rows. */
export function expectSameRows(rows: readonly string[], expected: readonly string[]): void {
  const known = new Set(expected);
  expect(rows.filter((row) => !known.has(row)).map((row) => row.slice(0, 200))).toEqual([]);
  expect(rows.length).toBe(expected.length);
}
