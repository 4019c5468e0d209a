import { networkById } from '../../src/chain/networks.ts';
import { counted } from '../../src/counted.ts';
import { BitqlError } from '../../src/errors.ts';
import { isKindComplete } from '../../src/store/families.ts';
import { decodePosition, MAX_HEIGHT, rowsOfHeights } from '../../src/store/position.ts';
import { KIND_NAMES, POSTING_KINDS, rangeOfKind } from '../../src/store/postings.ts';
import { ReadablePostings } from '../../src/store/runs/readable-postings.ts';
import { Snapshot } from '../../src/store/snapshot.ts';
import { decodeState, type HeightRange } from '../../src/store/state.ts';
import { TABLES, TABLES_OF_BLOCKS, type Table } from '../../src/store/store.ts';
import { OutputFinder } from '../outputs/output-finder.ts';
import { BlockAudit } from './block-audit.ts';
import { type IndexFinding, IndexFindings, TolerantReader } from './findings.ts';
import { PageAudit, type VerifiedStore } from './page-audit.ts';
import { auditPending } from './pending-audit.ts';
import { PostingSums } from './posting-sums.ts';

export interface VerifyOptions {
  readonly store: VerifiedStore;
  /** Memory for outputs of recent transactions, in bytes. */
  readonly cacheBytes: number;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly stage: 'unconfirmed' | 'pages' | 'blocks' | 'postings';
  /** Blocks or postings so far; 0 in the other stages. */
  readonly done: number;
  /** Null if it is not known. */
  readonly total: number | null;
}

/** The contents of an index, and what is wrong with it. */
export interface Verification {
  readonly network: string;
  /** The heights that were checked; null for none. */
  readonly heights: HeightRange | null;
  readonly transactions: number;
  readonly postings: number;
  /** Number of findings, and the first hundred of them. */
  readonly found: number;
  readonly findings: readonly IndexFinding[];
  /** The heights to index again. */
  readonly damaged: readonly HeightRange[];
  /** Whether the database cannot read its own file: then no height can be mended. */
  readonly isFileDamaged: boolean;
}

/**
 * Checks a whole index as one snapshot shows it: each row's checksum, the blocks' merkle roots, pages, totals and
 * records, what transactions spend, all pages of postings, and postings both ways. It keeps 12 bytes for each height in memory.
 * @throws NOT_SYNCED; STORE_DAMAGED if the state cannot be read; the reason of the signal
 */
export async function verifyIndex({
  store,
  cacheBytes,
  signal,
  onProgress = () => {},
}: VerifyOptions): Promise<Verification> {
  const record = await store.readState();
  if (record === null) throw new BitqlError('NOT_SYNCED', 'The store is empty: there is nothing to verify.');
  const snapshot = Snapshot.latest(decodeState(record.value));
  const network = networkById(snapshot.state.network);
  const reader = new TolerantReader(store);
  const findings = new IndexFindings();
  onProgress({ stage: 'unconfirmed', done: 0, total: null });
  await auditPending(reader, snapshot, network, findings);
  const heights = coveredBy(snapshot);
  onProgress({ stage: 'pages', done: 0, total: null });
  const pages = await PageAudit.of({ store, reader, findings, heights, signal });
  const counts = { transactions: 0, postings: 0 };
  if (heights !== null) {
    const [lowest, highest] = heights;
    const sums = new PostingSums(highest - lowest + 1);
    const node = { spentOutputs: async () => null };
    const outputFinder = new OutputFinder({ store: new ReadablePostings(store), node, network, cacheBytes });
    const audit = new BlockAudit({ reader, snapshot, network, outputFinder, sums, pages, findings });
    for (let height = lowest; height <= highest; height++) {
      signal.throwIfAborted();
      await audit.audit(height);
      onProgress({ stage: 'blocks', done: height - lowest + 1, total: highest - lowest + 1 });
    }
    await lookBeside(reader, heights, findings);
    counts.transactions = audit.transactions;
    counts.postings = await findPostings({ reader, snapshot, sums, pages, findings, signal, onProgress }, heights[0]);
    for (const { place, missing } of sums.differences()) findings.add(lowest + place, differenceOf(missing));
  }
  const { network: name } = snapshot.state;
  const { count: found, described, heights: damaged } = findings;
  return {
    network: name,
    heights,
    ...counts,
    found,
    findings: described,
    damaged,
    isFileDamaged: reader.isFileDamaged,
  };
}

/** Rows below and above the indexed blocks, left for example by a writer that was cut off, must be readable too. */
async function lookBeside(
  reader: TolerantReader,
  [lowest, highest]: HeightRange,
  findings: IndexFindings,
): Promise<void> {
  for (const table of TABLES_OF_BLOCKS) {
    if (lowest > 0) {
      for await (const _ of reader.rows(table, rowsOfHeights([0, lowest - 1], TABLES[table]), (what) =>
        findings.add(lowest, what),
      ));
    }
    const above = rowsOfHeights([highest + 1, MAX_HEIGHT], TABLES[table]);
    for await (const _ of reader.rows(table, above, (what) => findings.add(highest, what)));
  }
}

interface PostingSearch {
  readonly reader: TolerantReader;
  readonly snapshot: Snapshot;
  readonly sums: PostingSums;
  readonly pages: PageAudit;
  readonly findings: IndexFindings;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: VerifyProgress) => void;
}

/** @returns the number of postings of the main chain */
async function findPostings(
  { reader, snapshot, sums, pages, findings, signal, onProgress }: PostingSearch,
  lowest: number,
): Promise<number> {
  const unreadable = (what: string, _: Table, page: Uint8Array | null) => {
    if (page === null) findings.add(null, what);
    else pages.report(page);
  };
  let done = 0;
  for (const kind of KIND_NAMES) {
    for await (const rows of reader.rows('postings', rangeOfKind(POSTING_KINDS[kind]), unreadable)) {
      signal.throwIfAborted();
      for (const row of rows) {
        if (!snapshot.seesKey(row.key)) continue;
        const { height } = decodePosition(row.key);
        if (!isKindComplete(kind, snapshot.state, height)) continue;
        sums.find(height - lowest, row);
        done += 1;
      }
      onProgress({ stage: 'postings', done, total: null });
    }
  }
  return done;
}

function differenceOf(missing: number): string {
  if (missing > 0) return `${counted(missing, 'posting')} ${missing === 1 ? 'is' : 'are'} missing`;
  if (missing < 0) return `${counted(-missing, 'posting')} too many`;
  return 'postings do not match the transactions';
}

function coveredBy({ state: { coverage }, tip }: Snapshot): HeightRange | null {
  return tip === null || coverage.length === 0 ? null : [coverage[0]![0], tip.height];
}
