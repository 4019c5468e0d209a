import { mapKey } from '../chain/bytes.ts';
import { Fingerprint } from '../query/cursor.ts';
import { type Filter, NO_FILTER } from '../query/filter.ts';
import { type MatchSubject, matches, matchingPoints } from '../query/match.ts';
import { type IndexAccess, indexedAccesses } from '../query/plan.ts';
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
  /** What it costs to find that out, in points. */
  pointsOf(event: LiveEvent): number;
}

export const BLOCKS: Topic = {
  name: 'blocks',
  keys: [],
  isOfBlocks: true,
  wants: isBlockHappening,
  pointsOf: () => 0,
};

/**
 * What happens to the transactions that match a filter: before it happened, or behind it. So whoever is told of one is told
 * of its end too.
 */
export function transactionsTopic(filter: Filter): Topic {
  return {
    name: `transactions ${new Fingerprint(filter).whole.toString('hex')}`,
    keys: keysOf(indexedAccesses(filter)),
    isOfBlocks: false,
    wants: (event) => !isBlockHappening(event) && concerns(filter, event),
    pointsOf: (event) => (isBlockHappening(event) ? 0 : matchingPoints(filter, event.transaction.transaction)),
  };
}

/** What happens to the transactions that pay one of some addresses, or spend from it. */
export interface AddressesTopic extends Topic {
  /** The addresses by their locking scripts, as {@link mapKey} has them. */
  readonly addresses: ReadonlyMap<string, string>;
}

/** @param addresses with their locking scripts */
export function addressesTopic(addresses: ReadonlyMap<string, Uint8Array>): AddressesTopic {
  const scripts = [...addresses.values()];
  const byScript = new Map(Array.from(addresses, ([address, script]) => [mapKey(script), address]));
  return {
    name: `addresses ${new Fingerprint(scripts).whole.toString('hex')}`,
    keys: scripts.map((script) => postingPrefix('lock', lockKey(script))),
    isOfBlocks: false,
    wants: (event) => !isBlockHappening(event) && touches(event, byScript),
    pointsOf: (event) => (isBlockHappening(event) ? 0 : matchingPoints(NO_FILTER, event.transaction.transaction)),
    addresses: byScript,
  };
}

function touches({ transaction: { transaction, spent } }: TransactionHappening, scripts: ReadonlyMap<string, string>) {
  const isOne = ({ lockingScript }: { lockingScript: Uint8Array }) => scripts.has(mapKey(lockingScript));
  return transaction.outputs.some(isOne) || spent.some((output) => output !== null && isOne(output));
}

/** Of what leaves without being in a block, the end is all that is told to who asks for that alone. */
function concerns(filter: Filter, { kind, transaction: { transaction, spent }, block }: TransactionHappening): boolean {
  const unconfirmed: MatchSubject = { transaction, spent, height: null, time: null };
  if (filter.removed) return kind === 'removed' && matches(filter, { ...unconfirmed, removed: true });
  if (block === null) return matches(filter, unconfirmed);
  const inBlock: MatchSubject = { transaction, spent, height: block.height, time: block.header.time };
  if (matches(filter, inBlock)) return true;
  // One that is looked for while it is unconfirmed, no longer is.
  return kind === 'confirmed' && !transaction.isCoinbase && matches(filter, unconfirmed);
}

/** One access is enough: that with the fewest transactions, as far as its kind tells. */
function keysOf(accesses: readonly IndexAccess[]): Uint8Array[] | null {
  const keys = accesses.map(accessKeys).filter((found) => found !== null);
  return keys.sort((a, b) => longest(b) - longest(a))[0] ?? null;
}

function longest(keys: readonly Uint8Array[]): number {
  return keys[0]?.length ?? Number.POSITIVE_INFINITY;
}

function accessKeys(access: IndexAccess): Uint8Array[] | null {
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
