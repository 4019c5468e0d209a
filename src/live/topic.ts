import { mapKey } from '../chain/bytes.ts';
import { Fingerprint } from '../query/cursor.ts';
import { type Filter, NO_FILTER } from '../query/filter.ts';
import { type MatchSubject, matches, matchingPoints } from '../query/match.ts';
import { type IndexAccess, indexedAccesses } from '../query/plan.ts';
import { lockKey, postingPrefix } from '../store/postings.ts';
import { isBlockHappening, type LiveEvent, type TransactionHappening } from './live-event.ts';

/** What a subscription is about. Topics of the same name are the same. */
export interface Topic {
  readonly name: string;
  /**
   * Prefixes of postings; every transaction that concerns the topic has one of them. Null if each transaction must be examined.
   */
  readonly keys: readonly Uint8Array[] | null;
  /** Whether it is about blocks, and not about transactions. */
  readonly isOfBlocks: boolean;
  wants(event: LiveEvent): boolean;
  /** The cost of `wants`, in points. */
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
 * The events of transactions that match a filter before the event, or after it. So a subscriber that receives an event of a
 * transaction also receives its end.
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

/** The events of transactions that pay one of some addresses, or spend from it. */
export interface AddressesTopic extends Topic {
  /** The addresses by locking script, as {@link mapKey} encodes it. */
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

/** With `removed`, the filter matches only the removal of a transaction that leaves without being in a block. */
function concerns(filter: Filter, { kind, transaction: { transaction, spent }, block }: TransactionHappening): boolean {
  const unconfirmed: MatchSubject = { transaction, spent, height: null, time: null };
  if (filter.removed) return kind === 'removed' && matches(filter, { ...unconfirmed, removed: true });
  if (block === null) return matches(filter, unconfirmed);
  const inBlock: MatchSubject = { transaction, spent, height: block.height, time: block.header.time };
  if (matches(filter, inBlock)) return true;
  // A filter for unconfirmed transactions no longer matches: report that as `confirmed`.
  return kind === 'confirmed' && !transaction.isCoinbase && matches(filter, unconfirmed);
}

/** One access is enough: the most selective one, judging by its kind. */
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

/** Finds the topics that something may concern, at a cost that depends on the number found. */
export class TopicIndex<T extends Topic = Topic> {
  readonly #byKey = new Map<string, Set<T>>();
  readonly #unkeyed = new Set<T>();
  readonly #ofBlocks = new Set<T>();

  add(topic: T): void {
    if (topic.isOfBlocks) this.#ofBlocks.add(topic);
    else if (topic.keys === null) this.#unkeyed.add(topic);
    else for (const key of topic.keys) this.#atKey(mapKey(key)).add(topic);
  }

  delete(topic: T): void {
    this.#ofBlocks.delete(topic);
    this.#unkeyed.delete(topic);
    for (const key of topic.keys ?? []) {
      const name = mapKey(key);
      const others = this.#byKey.get(name);
      others?.delete(topic);
      if (others?.size === 0) this.#byKey.delete(name);
    }
  }

  /** The topics of blocks. */
  get ofBlocks(): Iterable<T> {
    return this.#ofBlocks;
  }

  /** Whether every transaction has to be examined. */
  get hasUnkeyed(): boolean {
    return this.#unkeyed.size > 0;
  }

  /** How many prefixes of postings are searched for. */
  get keyCount(): number {
    return this.#byKey.size;
  }

  get keys(): Uint8Array[] {
    return Array.from(this.#byKey.keys(), (name) => new Uint8Array(Buffer.from(name, 'latin1')));
  }

  /** The topics that may concern a transaction with these prefixes of postings. */
  candidates(keys: Iterable<Uint8Array>): T[] {
    const found = new Set<T>(this.#unkeyed);
    if (this.#byKey.size > 0) {
      for (const key of keys) for (const topic of this.#byKey.get(mapKey(key)) ?? []) found.add(topic);
    }
    return [...found];
  }

  #atKey(name: string): Set<T> {
    const found = this.#byKey.get(name) ?? new Set<T>();
    this.#byKey.set(name, found);
    return found;
  }
}
