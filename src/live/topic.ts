import { mapKey } from '../chain/bytes.ts';
import { fingerprint } from '../query/cursor.ts';
import type { Filter } from '../query/filter.ts';
import { matches, type Subject } from '../query/match.ts';
import { type Access, indexedAccesses } from '../query/plan.ts';
import { lockKey, postingPrefix } from '../store/postings.ts';
import { isBlockHappening, type LiveEvent, type TransactionHappening } from './live-event.ts';

/** What a subscription wants to be told. Those of the same name want the same. */
export interface Topic {
  readonly name: string;
  /**
   * Beginnings of the postings that a transaction has, one of them at least, that this may be about; null where only a look
   * at each transaction tells.
   */
  readonly keys: readonly Uint8Array[] | null;
  /** Whether it is about blocks, and not about transactions. */
  readonly isOfBlocks: boolean;
  wants(event: LiveEvent): boolean;
}

export const BLOCKS: Topic = { name: 'blocks', keys: [], isOfBlocks: true, wants: isBlockHappening };

/**
 * What happens to the transactions that match a filter: before it happened, or behind it. So whoever is told of one is told
 * of its end too.
 */
export function transactionsTopic(filter: Filter): Topic {
  return {
    name: `transactions ${fingerprint(filter).toString('hex')}`,
    keys: keysOf(indexedAccesses(filter)),
    isOfBlocks: false,
    wants: (event) => !isBlockHappening(event) && concerns(filter, event),
  };
}

/** What happens to the transactions that pay one of some locking scripts, or spend from it. */
export function locksTopic(lockingScripts: readonly Uint8Array[]): Topic {
  const known = new Set(lockingScripts.map(mapKey));
  return {
    name: `locks ${fingerprint(lockingScripts).toString('hex')}`,
    keys: lockingScripts.map((script) => postingPrefix('lock', lockKey(script))),
    isOfBlocks: false,
    wants: (event) => !isBlockHappening(event) && touchedScripts(event).some((script) => known.has(mapKey(script))),
  };
}

/** The locking scripts that a transaction pays, and those that it is known to spend from. */
export function touchedScripts({ transaction: { transaction, spent } }: TransactionHappening): Uint8Array[] {
  const paid = transaction.outputs.map(({ lockingScript }) => lockingScript);
  return [...paid, ...spent.filter((output) => output !== null).map(({ lockingScript }) => lockingScript)];
}

function concerns(filter: Filter, { kind, transaction, block }: TransactionHappening): boolean {
  const unconfirmed: Subject = { ...transaction, height: null, time: null };
  if (block === null) return matches(filter, unconfirmed);
  const inBlock: Subject = { ...transaction, height: block.height, time: block.header.time };
  if (matches(filter, inBlock)) return true;
  // One that is looked for while it is unconfirmed, no longer is.
  return kind === 'confirmed' && !transaction.transaction.isCoinbase && matches(filter, unconfirmed);
}

/** One access is enough: that with the fewest transactions, as far as its kind tells. */
function keysOf(accesses: readonly Access[]): Uint8Array[] | null {
  const keys = accesses.map(accessKeys).filter((found) => found !== null);
  return keys.sort((a, b) => longest(b) - longest(a))[0] ?? null;
}

function longest(keys: readonly Uint8Array[]): number {
  return keys[0]?.length ?? Number.POSITIVE_INFINITY;
}

function accessKeys(access: Access): Uint8Array[] | null {
  switch (access.kind) {
    case 'txids':
      return access.txids.map((txid) => postingPrefix('txid', txid));
    case 'lock':
      return [postingPrefix('lock', lockKey(access.lockingScript))];
    case 'token':
      return [postingPrefix(access.posting, access.bytes)];
    default:
      return null;
  }
}
