import { compareBytes, mapKey } from '../../../src/chain/bytes.ts';
import { packRows, rowsOf } from '../../../src/store/packed-rows.ts';
import { encodePosition } from '../../../src/store/position.ts';
import { postingKey, postingPrefix } from '../../../src/store/postings.ts';
import { unpackPage } from '../../../src/store/runs/page.ts';
import { type Run, type RunId, runPageIn } from '../../../src/store/runs/run.ts';
import { buildRun, RunBuilder } from '../../../src/store/runs/run-builder.ts';
import type { PackedRows, Row } from '../../../src/store/store.ts';
import { Random } from '../../chain/random.ts';

/** A run with its pages as they are stored. */
export interface MadeRun {
  readonly run: Run;
  readonly pages: ReadonlyMap<number, Uint8Array>;
}

export function madeRun(id: RunId, rows: readonly Row[]): MadeRun {
  const { run, pages } = buildRun(id, packRows(rows));
  return { run, pages: storedPages(pages) };
}

/** As {@link madeRun}, for rows that would take much memory as packed ones. */
export function madeInSteps(id: RunId, rows: readonly Row[]): MadeRun {
  const builder = new RunBuilder(id, rows.length);
  const pages: PackedRows[] = [];
  for (const { key, value } of rows) {
    const [keyEnd, valueEnd] = [key.length, value.length];
    builder.add({ keyBytes: key, keyStart: 0, keyEnd, valueBytes: value, valueStart: 0, valueEnd });
    if (builder.isFull) pages.push(builder.take());
  }
  const run = builder.finish();
  return { run, pages: storedPages(...pages, builder.take()) };
}

/** The pages by their numbers. */
export function storedPages(...parts: readonly PackedRows[]): Map<number, Uint8Array> {
  return new Map(parts.flatMap(rowsOf).map(({ key, value }) => [runPageIn(key).page, value]));
}

/** A page of postings or first keys, to be searched. */
export function openPage({ pages }: MadeRun, page: number): Uint8Array {
  return unpackPage(pages.get(page)!);
}

/** Postings in key order, each key once. @param bytes of each value, which do not become smaller */
export function randomPostings(seed: number, count: number, bytes = 4): Row[] {
  const random = new Random(seed);
  const rows = Array.from({ length: count }, () => {
    const prefix = postingPrefix(random.below(2) === 0 ? 'lock' : 'txid', random.bytes(20));
    const position = encodePosition({ height: random.below(1_000), fork: 0, index: random.below(1_000) });
    return { key: postingKey(prefix, position), value: random.bytes(bytes) };
  });
  return sorted(rows);
}

export function sorted(rows: readonly Row[]): Row[] {
  return [...new Map(rows.map((row) => [mapKey(row.key), row])).values()].sort((a, b) => compareBytes(a.key, b.key));
}
