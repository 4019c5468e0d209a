import { networkById } from '../../src/chain/networks.ts';
import { BitqlError, errorCode } from '../../src/errors.ts';
import { blocksLackingFamilies } from '../../src/store/families.ts';
import type { PostingFamily } from '../../src/store/postings.ts';
import { decodeState } from '../../src/store/state.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { FamilyFill } from '../families/family-fill.ts';
import { fillPending } from '../families/pending-fill.ts';
import { asWriter } from '../term.ts';

export interface AddFamiliesOptions {
  readonly store: ChainStore;
  readonly families: readonly PostingFamily[];
  readonly leaseMs: number;
  readonly signal: AbortSignal;
  /** Called after each commit. @param left blocks that still lack a family */
  readonly onProgress?: (left: number) => void;
}

/** How long it works before it looks for a stop. */
const STEP_MS = 500;

/**
 * Adds families of postings to an index, from the store alone. It continues where an earlier run, or an indexer, stopped.
 * @returns the number of blocks that lacked a family at the beginning; null if the signal came before the end
 * @throws NOT_SYNCED for an empty store; STORE_BUSY while an indexer runs; STORE_DAMAGED
 */
export async function addFamilies(options: AddFamiliesOptions): Promise<number | null> {
  const { store, families, leaseMs, signal, onProgress = () => {} } = options;
  const record = await store.readState();
  if (record === null) throw new BitqlError('NOT_SYNCED', 'The store is empty: "bitql index" fills it.');
  const { network: id, start } = decodeState(record.value);
  const network = networkById(id);
  const term = { network: id, start, leaseMs, families };
  return asWriter(store, term, async (writer, requireLease) => {
    const lacking = blocksLackingFamilies(writer.state);
    onProgress(lacking);
    await fillPending({ store, writer, network, signal });
    const fill = new FamilyFill({
      store,
      writer,
      network,
      signal,
      onProgress: () => onProgress(blocksLackingFamilies(writer.state)),
    });
    while (await fill.step(STEP_MS)) {
      requireLease();
      if (signal.aborted) return null;
    }
    return lacking;
  }).catch((error: unknown) => {
    throw errorCode(error) === 'STORE_BUSY' ? busy(error as Error, families) : error;
  });
}

function busy({ message }: Error, families: readonly PostingFamily[]): BitqlError {
  return new BitqlError(
    'STORE_BUSY',
    `${message} Or restart the indexer with --index ${families.join(',')}: then it does this while it indexes.`,
  );
}
