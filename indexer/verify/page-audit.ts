import { mapKey } from '../../src/chain/bytes.ts';
import { recordName } from '../../src/store/errors.ts';
import { packRows, rowsOf } from '../../src/store/packed-rows.ts';
import { isPerhapsLost } from '../../src/store/runs/damage.ts';
import type { DamagedRun } from '../../src/store/runs/run.ts';
import type { HeightRange } from '../../src/store/state.ts';
import type { ChainStore, PackedRows, ReadStore, Table } from '../../src/store/store.ts';
import { type IndexFindings, type TolerantReader, tolerating } from './findings.ts';

/** What a verification reads of a store. */
export type VerifiedStore = ReadStore & Pick<ChainStore, 'damagedRuns'>;

export interface PageAuditOptions {
  readonly store: VerifiedStore;
  readonly reader: TolerantReader;
  readonly findings: IndexFindings;
  /** The indexed heights; null for none. */
  readonly heights: HeightRange | null;
  readonly signal: AbortSignal;
}

/** Postings that are looked up together. */
const LOOKED_UP = 500;

/** Checks all pages of postings, also those that no scan reads, and knows what may be lost with damaged ones. */
export class PageAudit {
  readonly #options: PageAuditOptions;
  readonly #reported = new Set<string>();
  #damaged: readonly DamagedRun[] = [];

  private constructor(options: PageAuditOptions) {
    this.#options = options;
  }

  static async of(options: PageAuditOptions): Promise<PageAudit> {
    const audit = new PageAudit(options);
    await audit.#readAll();
    return audit;
  }

  /** Reports a page that cannot be read, once. It is named at its highest height, which a pruned node may still have. */
  report(key: Uint8Array, highest = Number.POSITIVE_INFINITY): void {
    const { heights, findings } = this.#options;
    const name = mapKey(key);
    if (this.#reported.has(name)) return;
    this.#reported.add(name);
    const height = heights && Math.min(heights[1], Math.max(heights[0], highest));
    findings.add(height, `the ${recordName('runPages', key)} is damaged`);
  }

  /** The postings of a block that must be there: those that may be lost with a page only if they are. */
  async expected(postings: PackedRows): Promise<PackedRows> {
    if (this.#damaged.length === 0) return postings;
    const rows = rowsOf(postings);
    const doubtful = rows.filter(({ key }) => isPerhapsLost(this.#damaged, key));
    if (doubtful.length === 0) return postings;
    const missing = new Set<string>();
    for (let from = 0; from < doubtful.length; from += LOOKED_UP) {
      const keys = doubtful.slice(from, from + LOOKED_UP).map(({ key }) => key);
      const onDamage = (_: Table, page: Uint8Array) => this.report(page);
      const values = await this.#options.store.get('postings', keys, { onDamage });
      for (const [i, value] of values.entries()) if (value === null) missing.add(mapKey(keys[i]!));
    }
    return packRows(rows.filter(({ key }) => !missing.has(mapKey(key))));
  }

  async #readAll(): Promise<void> {
    const { store, signal, reader, findings } = this.#options;
    const found = await tolerating(
      () => reader.noting(store.damagedRuns(signal)),
      (what) => findings.add(null, what),
    );
    this.#damaged = found ?? [];
    for (const { run, pages } of this.#damaged) for (const page of pages) this.report(page, run.heights[1]);
  }
}
