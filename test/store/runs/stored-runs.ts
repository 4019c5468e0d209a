import { until } from '../../../dev/until.ts';
import { runName, runPageIn } from '../../../src/store/runs/run.ts';
import { decodeState } from '../../../src/store/state.ts';
import { type ChainStore, TABLES } from '../../../src/store/store.ts';

/** Waits until a store has no other pages than those of runs that its state names. */
export async function untilSwept(store: ChainStore): Promise<void> {
  await until('all other runs to be swept', async () => {
    const stored = await storedRuns(store);
    const named = new Set(decodeState((await store.readState())!.value).runs.map(runName));
    return [...stored].every((name) => named.has(name));
  });
}

/** The runs of which a store has pages. */
async function storedRuns(store: ChainStore): Promise<Set<string>> {
  const length = TABLES.runPages;
  const all = { min: new Uint8Array(length), max: new Uint8Array(length).fill(0xff) };
  const [page] = await store.scan('runPages', [all], { limit: 1_000_000 });
  return new Set(page!.rows.map(({ key }) => runName(runPageIn(key))));
}
