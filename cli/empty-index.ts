import { decodeState } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import { pause } from '../src/waiting.ts';

interface Surroundings {
  readonly store: ChainStore;
  readonly log: { warn(message: string): void };
  readonly signal: AbortSignal;
}

const EVERY_MS = 60_000;

/** Says that there is nothing to serve and nobody who makes it, again each minute as long as that is so. Never fails. */
export async function noteWhileEmpty({ store, log, signal }: Surroundings, name: string): Promise<void> {
  for (;;) {
    const found = await look(store).catch(() => 'unknown');
    if (found === 'blocks') return;
    if (found === 'nothing') {
      log.warn(
        `The index in ${name} has no blocks, and no indexer is running: start "bitql index" for it, or give another --store.`,
      );
    }
    if (await pause(EVERY_MS, signal)) return;
  }
}

async function look(store: ChainStore): Promise<'blocks' | 'begun' | 'nothing'> {
  const [record, now] = await Promise.all([store.readState(), store.now()]);
  if (record === null) return 'nothing';
  const { tip, lease } = decodeState(record.value);
  if (tip !== null) return 'blocks';
  return lease !== null && lease.until > now ? 'begun' : 'nothing';
}
