import { mapKey } from '../chain/bytes.ts';
import { dataPushes, isData } from '../chain/data.ts';
import type { Network } from '../chain/networks.ts';
import { isUnspendable } from '../chain/script.ts';
import type { Transaction } from '../chain/transaction.ts';
import { lockKey, postingPrefix, tokenKind, tokenRungs } from './postings.ts';

/** What there is to tell of a transaction by what readers look for. */
export interface Matchable {
  readonly transaction: Transaction;
  /** The locking scripts of the outputs that it spends, as far as they are known. */
  readonly spentScripts: Iterable<Uint8Array>;
  /** Of its block; of an unconfirmed one, that which the next block has. */
  readonly height: number;
}

/**
 * The beginnings of a transaction's `lock` and token postings, each once: by them, readers tell who cares for it without
 * looking at it.
 */
export function matchKeys({ transaction, spentScripts, height }: Matchable, network: Network): Uint8Array[] {
  const keys = new Map<string, Uint8Array>();
  const add = (key: Uint8Array) => keys.set(mapKey(key), key);
  for (const { lockingScript } of transaction.outputs) {
    if (!isUnspendable(lockingScript, network, height)) add(postingPrefix('lock', lockKey(lockingScript)));
    for (const push of dataPushes(lockingScript) ?? []) {
      if (!isData(push)) continue;
      for (const rung of tokenRungs(push.data.length)) add(postingPrefix(tokenKind(rung), push.data));
    }
  }
  for (const script of spentScripts) add(postingPrefix('lock', lockKey(script)));
  return [...keys.values()];
}
