import { mapKey } from '../chain/bytes.ts';
import type { Network } from '../chain/networks.ts';
import { BitqlError } from '../errors.ts';
import { type LeadContext, leadOfPredicate, type PlanNode } from '../query/accesses.ts';
import { ByteSet } from '../query/byte-set.ts';
import { Fingerprint } from '../query/cursor.ts';
import { type Filter, filterBy } from '../query/filter.ts';
import { matches } from '../query/match.ts';
import { needsOf } from '../query/match-facts.ts';
import { matchingPoints } from '../query/match-price.ts';
import type { MatchSubject } from '../query/match-subject.ts';
import { familyOf, lockKey, type PostingFamily, postingPrefix } from '../store/postings.ts';
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
  /** Whether it depends on when the node took a transaction into its mempool [no]. */
  readonly needsFirstSeen?: boolean;
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
 * @param families whose keys all events have
 * @throws BAD_QUERY if the filter depends on what no event of the transaction shows
 */
export function transactionsTopic(filter: Filter, network: Network, families: ReadonlySet<PostingFamily>): Topic {
  const { spent, firstSeen } = needsOf(filter);
  if (spent) {
    throw new BitqlError(
      'BAD_QUERY',
      'A subscription cannot depend on `spent`: an output is spent without an event of its own transaction. Leave it out, or query.',
    );
  }
  const canUse: LeadContext['canUse'] = (kind) => {
    const family = familyOf(kind);
    return family === null || families.has(family);
  };
  const lead = leadOfPredicate(filter.predicate, { network, canUse });
  const keys = lead === null ? null : keysOf(lead);
  return {
    name: `transactions ${new Fingerprint([filter, keys === null]).whole.toString('hex')}`,
    keys,
    isOfBlocks: false,
    needsFirstSeen: firstSeen,
    wants: (event) => !isBlockHappening(event) && concerns(filter, event),
    pointsOf: (event) => (isBlockHappening(event) ? 0 : matchingPoints(filter, event.transaction)),
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
  const filter = filterBy({ kind: 'address', scripts: new ByteSet(scripts) });
  return {
    name: `addresses ${new Fingerprint(scripts).whole.toString('hex')}`,
    keys: scripts.map((script) => postingPrefix('lock', lockKey(script))),
    isOfBlocks: false,
    wants: (event) => !isBlockHappening(event) && touches(event, byScript),
    pointsOf: (event) => (isBlockHappening(event) ? 0 : matchingPoints(filter, event.transaction)),
    addresses: byScript,
  };
}

function touches({ transaction: { transaction, spent } }: TransactionHappening, scripts: ReadonlyMap<string, string>) {
  const isOne = ({ lockingScript }: { lockingScript: Uint8Array }) => scripts.has(mapKey(lockingScript));
  return transaction.outputs.some(isOne) || spent.some((output) => output !== null && isOne(output));
}

/** With `removed`, the filter matches only the removal of a transaction that leaves without being in a block. */
function concerns(filter: Filter, { kind, transaction: view, block }: TransactionHappening): boolean {
  const { network, transaction, spent, firstSeen } = view;
  const unconfirmed: MatchSubject = { network, transaction, spent, firstSeen, height: null, time: null };
  if (filter.removed) return kind === 'removed' && matches(filter, { ...unconfirmed, removed: true });
  if (block === null) return matches(filter, unconfirmed);
  const inBlock: MatchSubject = { ...unconfirmed, height: block.height, time: block.header.time };
  if (matches(filter, inBlock)) return true;
  // A filter for unconfirmed transactions no longer matches: report that as `confirmed`.
  return kind === 'confirmed' && !transaction.isCoinbase && matches(filter, unconfirmed);
}

/** Prefixes of postings, of which everything that a plan leads to has one; null if there are none. */
function keysOf(node: PlanNode): Uint8Array[] | null {
  switch (node.op) {
    case 'access': {
      const { access } = node;
      if (access.kind === 'txid') return access.txids.map((txid) => postingPrefix('txid', txid));
      return access.kind === 'posting' ? [postingPrefix(access.posting, access.key)] : null;
    }
    case 'or': {
      const keys = node.of.map(keysOf);
      return keys.every((found) => found !== null) ? keys.flat() : null;
    }
    case 'and': {
      // One member is enough: the most selective one, judging by the shortest of its keys.
      const keys = node.of.map(keysOf).filter((found) => found !== null);
      return keys.sort((a, b) => shortest(b) - shortest(a))[0] ?? null;
    }
    default:
      return keysOf(node.inner);
  }
}

function shortest(keys: readonly Uint8Array[]): number {
  return keys.reduce((length, key) => Math.min(length, key.length), Number.POSITIVE_INFINITY);
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
