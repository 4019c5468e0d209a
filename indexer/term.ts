import { errorCode } from '../src/errors.ts';
import type { ChainStore } from '../src/store/store.ts';
import { ChainWriter, type WriterOptions } from '../src/store/writer.ts';
import { isGoneFromHere, thisHolder } from './holder.ts';

/** Options of a short term as the writer. */
export type TermOptions = Pick<WriterOptions, 'network' | 'start' | 'leaseMs' | 'families'>;

/**
 * Does some work as the writer of a store: its lease is renewed meanwhile, and given back at the end.
 * @param work gets the writer, and a function that throws LEASE_LOST once another writer has taken over
 * @throws STORE_BUSY while another writer's lease runs, and what the work throws
 */
export async function asWriter<T>(
  store: ChainStore,
  options: TermOptions,
  work: (writer: ChainWriter, requireLease: () => void) => Promise<T>,
): Promise<T> {
  const writer = await ChainWriter.acquire(store, { ...options, holder: thisHolder(), isGone: isGoneFromHere });
  let lost: unknown = null;
  const heartbeat = setInterval(() => {
    writer.renew(null).catch((error: unknown) => {
      if (errorCode(error) === 'LEASE_LOST') lost = error;
    });
  }, options.leaseMs / 3);
  try {
    return await work(writer, () => {
      if (lost !== null) throw lost;
    });
  } finally {
    clearInterval(heartbeat);
    await writer.release().catch(() => {});
  }
}
