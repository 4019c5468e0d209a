import { compareBytes } from '../chain/bytes.ts';
import type { BitqlError } from '../errors.ts';
import { DamagedFileError } from './errors.ts';
import type { KeyRange, Page, ReadStore, Row, ScanOptions, Table } from './store.ts';

/** The pages of a range in key order, each read when it is asked for. There is at least one, which may be empty. */
export async function* scanPages(
  store: Pick<ReadStore, 'scan'>,
  table: Table,
  { min, max }: KeyRange,
  limit: number,
): AsyncGenerator<Page> {
  for (let from = min; ; ) {
    const [page] = await store.scan(table, [{ min: from, max }], { limit });
    yield page!;
    if (!page!.more) return;
    from = successor(page!.rows.at(-1)!.key);
  }
}

/** The next key of the same length. */
export function successor(key: Uint8Array): Uint8Array {
  const next = Uint8Array.from(key);
  for (let i = next.length - 1; i >= 0; i--) {
    next[i] = (next[i]! + 1) & 0xff;
    if (next[i] !== 0) break;
  }
  return next;
}

/** How damage is reported. */
export interface Salvage {
  /** The most rows of one read. */
  readonly limit: number;
  /** Called for each damaged row, which is left out; for some rows twice. */
  readonly onDamage: NonNullable<ScanOptions['onDamage']>;
  /** Called if rows cannot be reached at all; their number is unknown. */
  readonly onLost: (reason: BitqlError) => void;
}

/**
 * The readable rows of a range. If the file is damaged they come in key order up to the damage, and then from the end of the
 * range down to it; otherwise all in key order.
 */
export async function* salvage(
  store: Pick<ReadStore, 'scan'>,
  table: Table,
  { min, max }: KeyRange,
  { limit, onDamage, onLost }: Salvage,
): AsyncGenerator<Row[]> {
  let reached: Uint8Array | null = null;
  try {
    for (let from = min; ; ) {
      const [page] = await store.scan(table, [{ min: from, max }], { limit, onDamage });
      yield page!.rows;
      reached = page!.rows.at(-1)?.key ?? page!.end ?? null;
      if (!page!.more || reached === null || compareBytes(reached, from) < 0) return;
      from = successor(reached);
    }
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
    onLost(error);
  }
  try {
    const bottom = reached === null ? min : successor(reached);
    for (let to = max; compareBytes(bottom, to) <= 0; ) {
      const [page] = await store.scan(table, [{ min: bottom, max: to }], { limit, onDamage, reverse: true });
      yield page!.rows;
      const end = page!.rows.at(-1)?.key ?? page!.end;
      if (!page!.more || end === undefined || compareBytes(end, to) > 0) return;
      to = predecessor(end);
    }
  } catch (error) {
    if (!(error instanceof DamagedFileError)) throw error;
  }
}

/** The previous key of the same length. */
function predecessor(key: Uint8Array): Uint8Array {
  const before = Uint8Array.from(key);
  for (let i = before.length - 1; i >= 0; i--) {
    before[i] = (before[i]! - 1) & 0xff;
    if (before[i] !== 0xff) break;
  }
  return before;
}
