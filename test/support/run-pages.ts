import { equalBytes } from '../../src/chain/bytes.ts';
import { rowsIn, unpackPage } from '../../src/store/runs/page.ts';
import { isFilter, isOfRows, pagesOf, type Run, runPageKey } from '../../src/store/runs/run.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ReadStore } from '../../src/store/store.ts';

/** A page of a run that the state names. */
export interface RunPage {
  readonly run: Run;
  /** Of its row in `runPages`. */
  readonly key: Uint8Array;
  /** What it has: postings, first keys of other pages, or a part of the filter. */
  readonly kind: 'rows' | 'keys' | 'filter';
}

/** The pages of all runs that the state names. */
export async function runPages(store: ReadStore): Promise<RunPage[]> {
  const { runs } = decodeState((await store.readState())!.value);
  return runs.flatMap((run) =>
    Array.from(pagesOf(run), (page): RunPage => {
      const kind = isOfRows(page) ? 'rows' : isFilter(page) ? 'filter' : 'keys';
      return { run, key: runPageKey(run, page), kind };
    }),
  );
}

/** The keys of the postings in a page. */
export async function postingsIn(store: ReadStore, { key }: RunPage): Promise<Uint8Array[]> {
  const [page] = await store.get('runPages', [key]);
  const everything = { min: new Uint8Array(1), max: new Uint8Array(255).fill(0xff) };
  return rowsIn(unpackPage(page!), everything, Number.POSITIVE_INFINITY, false).map((row) => row.key);
}

/** The page that has a posting. */
export async function pageWith(store: ReadStore, posting: Uint8Array): Promise<RunPage> {
  for (const page of await runPages(store)) {
    if (page.kind !== 'rows') continue;
    if ((await postingsIn(store, page)).some((key) => equalBytes(key, posting))) return page;
  }
  throw new Error('no page has the posting');
}
