import { until } from '../../../dev/until.ts';
import { runName, runPageIn } from '../../../src/store/runs/run.ts';
import { decodeState } from '../../../src/store/state.ts';
import { type ChainStore, TABLES } from '../../../src/store/store.ts';

/** Waits until a store has no other pages than those of runs that its state names. */
export async function untilSwept(store: ChainStore): Promise<void> {
  await until('all other pages to be swept', async () => {
    const stored = await storedPages(store);
    const { runs } = decodeState((await store.readState())!.value);
    const named = new Map(runs.map((run) => [runName(run), run.firstPage]));
    return stored.every(({ page, ...run }) => page >= (named.get(runName(run)) ?? Number.POSITIVE_INFINITY));
  });
}

async function storedPages(store: ChainStore) {
  const length = TABLES.runPages;
  const all = { min: new Uint8Array(length), max: new Uint8Array(length).fill(0xff) };
  const [page] = await store.scan('runPages', [all], { limit: 1_000_000 });
  return page!.rows.map(({ key }) => runPageIn(key));
}
