import { mapKey } from '../chain/bytes.ts';
import type { Network } from '../chain/networks.ts';
import { isUnspendable } from '../chain/script.ts';
import type { Transaction } from '../chain/transaction.ts';
import { contentPostings } from './content-postings.ts';
import { lockKey, type PostingFamily, postingPrefix } from './postings.ts';

/** The parts of a transaction that match keys are made from. */
export interface Matchable {
  readonly transaction: Transaction;
  /** The known locking scripts of the outputs that it spends. */
  readonly spentScripts: Iterable<Uint8Array>;
  /** The height of its block; for an unconfirmed transaction, that of the next block. */
  readonly height: number;
}

/**
 * The prefixes of a transaction's `lock` postings and of those by its contents, each once. Events carry them, so that readers
 * find interested subscribers without reading the transaction.
 * @param families those that the index has
 */
export function matchKeys(
  { transaction, spentScripts, height }: Matchable,
  network: Network,
  families: ReadonlySet<PostingFamily>,
): Uint8Array[] {
  const keys = new Map<string, Uint8Array>();
  const add = (key: Uint8Array) => keys.set(mapKey(key), key);
  for (const { lockingScript } of transaction.outputs) {
    if (!isUnspendable(lockingScript, network, height)) add(postingPrefix('lock', lockKey(lockingScript)));
  }
  for (const script of spentScripts) add(postingPrefix('lock', lockKey(script)));
  const contents = contentPostings(transaction, network, families);
  return [...keys.values(), ...Array.from(contents, ({ prefix }) => prefix)];
}
