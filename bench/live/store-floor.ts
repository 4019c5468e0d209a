import type { Home } from '../../test/support/indexer-process.ts';

/** That of an index is about as long. */
const STATE_BYTES = 600;
const WARM_UP = 20;

/** The least that news can take by way of a store: one writes it durably, then another one reads it. In milliseconds. */
export async function storeFloor(home: Home, count: number): Promise<number[]> {
  const [writer, reader] = await Promise.all([home.open(), home.open()]);
  const state = new Uint8Array(STATE_BYTES);
  const durations: number[] = [];
  try {
    for (let revision = 0; revision < WARM_UP + count; revision++) {
      const start = performance.now();
      await writer.compareAndSetState(revision, state);
      await reader.readState();
      if (revision >= WARM_UP) durations.push(performance.now() - start);
    }
    return durations;
  } finally {
    await Promise.all([writer.close(), reader.close()]);
  }
}
