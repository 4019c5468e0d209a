import type { Table } from '../../src/store/store.ts';

/** How postings are kept: as sorted runs of pages, or each as a row of its own, as they were before there were runs. */
export type Layout = 'runs' | 'rows';

export const LAYOUTS: readonly Layout[] = ['runs', 'rows'];

/**
 * The table that a batch is written to. Pending postings are kept as rows: a document each, or in a tree without row ids. So both
 * layouts are written and read by the same code, in the same batches, in key order.
 */
export const TABLE_OF: Readonly<Record<Layout, Table>> = { runs: 'postings', rows: 'pendingPostings' };

/** The table of the database that holds the rows of such a batch. */
export const KEPT_IN: Readonly<Record<Layout, Table>> = { runs: 'runPages', rows: 'pendingPostings' };
