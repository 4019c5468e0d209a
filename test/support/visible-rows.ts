import { toHex } from '../../src/chain/bytes.ts';

import { POSTING_KINDS } from '../../src/store/postings.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { decodeState } from '../../src/store/state.ts';
import { type ChainStore, type Row, TABLES, type Table } from '../../src/store/store.ts';

const TABLES_BY_HEIGHT = ['blocks', 'totals', 'pages', 'transactions', 'payloads'] as const;

/**
 * Everything of a store that a reader can see, as text lines: the rows of the main chain up to the tip, with forks left
 * out, since two indexes of the same chain may have met its blocks in another order.
 */
export async function visibleRows(store: ChainStore): Promise<string[]> {
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
    for (const { key, value } of await allRows(store, 'postings', 1 + length + 8, tag)) {
      if (snapshot.seesKey(key)) lines.push(`posting ${withoutFork(key, 1 + length)} ${toHex(value)}`);
    }
  }
  return lines.sort();
}

/** All rows whose keys have a length and, for postings, begin with a tag. */
async function allRows(store: ChainStore, table: Table, length: number, tag?: number): Promise<Row[]> {
  const rows: Row[] = [];
  const max = new Uint8Array(length).fill(table === 'transactions' ? 0x7f : 0xff);
  let min: Uint8Array = new Uint8Array(length);
  if (tag !== undefined) min[0] = max[0] = tag;
  for (;;) {
    const [page] = await store.scan(table, [{ min, max }], { limit: 2_000 });
    rows.push(...page!.rows);
    if (!page!.more) return rows;
    min = Uint8Array.from(page!.rows.at(-1)!.key);
    for (let i = length - 1; i >= 0; i--) {
      min[i] = (min[i]! + 1) & 0xff;
      if (min[i] !== 0) break;
    }
  }
}

function withoutFork(key: Uint8Array, positionAt: number): string {
  const plain = Uint8Array.from(key);
  plain[positionAt + 3] = 0;
  return toHex(plain);
}
