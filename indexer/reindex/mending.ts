import { equalBytes } from '../../src/chain/bytes.ts';
import { RowPacker, rowAt } from '../../src/store/packed-rows.ts';
import { POSTING_KINDS } from '../../src/store/postings.ts';
import type { Batch, ChainStore, Row, Table } from '../../src/store/store.ts';

/** Rows that are compared together. */
const COMPARED = 500;
const FIRST_SEEN_LENGTH = 4;

/**
 * Writes the rows that are missing, damaged or different.
 * @returns their number
 */
export async function mendRows(store: ChainStore, expected: Batch): Promise<number> {
  const mended = new Map<Table, RowPacker>();
  let count = 0;
  for (const [table, rows] of expected) {
    for (let from = 0; from < rows.order.length; from += COMPARED) {
      const wanted = Array.from({ length: Math.min(COMPARED, rows.order.length - from) }, (_, i) =>
        rowAt(rows, from + i),
      );
      // A damaged row counts as missing.
      const found = await store.get(
        table,
        wanted.map(({ key }) => key),
        { onDamage: () => {} },
      );
      for (const [i, row] of wanted.entries()) {
        if (isAsGood(table, row, found[i] ?? null)) continue;
        const packer = mended.get(table) ?? new RowPacker();
        mended.set(table, packer);
        packer.add(row);
        count += 1;
      }
    }
  }
  if (count > 0) await store.replace(new Map(Array.from(mended, ([table, packer]) => [table, packer.finish()])));
  return count;
}

/** Only the index knows when a transaction was first seen. */
function isAsGood(table: Table, { key, value }: Row, found: Uint8Array | null): boolean {
  if (found === null) return false;
  const hasFirstSeen = table === 'postings' && key[0] === POSTING_KINDS.txid.tag && found.length === FIRST_SEEN_LENGTH;
  return hasFirstSeen || equalBytes(found, value);
}
