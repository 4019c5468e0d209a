import { mapKey } from '../chain/bytes.ts';
import { dataPushes, isData, type Push } from '../chain/data.ts';
import { inputData } from '../chain/input-data.ts';
import type { Network } from '../chain/networks.ts';
import { isPlainScript, scriptPushes } from '../chain/script-data.ts';
import type { TokenData } from '../chain/token.ts';
import type { Transaction } from '../chain/transaction.ts';
import {
  categoryKey,
  commitmentKey,
  type IndexedBytes,
  type PostingFamily,
  postingPrefix,
  rungKind,
  rungsOf,
} from './postings.ts';

/** A posting of a transaction by what it contains. */
export interface ContentPosting {
  /** Kind and key. */
  readonly prefix: Uint8Array;
  /** The length of the bytes of which the key is the beginning; null if several lengths share the key, or the key is of another sort. */
  readonly length: number | null;
}

const NOTHING: readonly ContentPosting[] = [];
const NO_PUSHES: readonly Push[] = [];

/**
 * The postings of a transaction by what it contains, each once: by the pushes of its data outputs, and those of the given
 * families. Everything that makes, checks or announces such postings gets them here.
 */
export function contentPostings(
  transaction: Transaction,
  network: Network,
  families: ReadonlySet<PostingFamily>,
): Iterable<ContentPosting> {
  const contents = new Contents();
  for (const { lockingScript } of transaction.outputs) {
    for (const push of dataPushes(lockingScript) ?? NO_PUSHES) if (isData(push)) contents.addBytes('data', push.data);
  }
  addFamilies(transaction, network, families, contents);
  return contents.all;
}

/** Only the postings of the given families. */
export function familyPostings(
  transaction: Transaction,
  network: Network,
  families: ReadonlySet<PostingFamily>,
): Iterable<ContentPosting> {
  const contents = new Contents();
  addFamilies(transaction, network, families, contents);
  return contents.all;
}

function addFamilies(
  transaction: Transaction,
  network: Network,
  families: ReadonlySet<PostingFamily>,
  contents: Contents,
): void {
  if (families.has('tokens') && network.cashTokens) {
    for (const { token } of transaction.outputs) if (token !== null) addToken(token, contents);
  }
  if (families.has('scripts')) {
    for (const { lockingScript } of transaction.outputs) {
      if (isPlainScript(lockingScript, network)) addScript(lockingScript, contents);
    }
  }
  if (families.has('inputs')) for (const { data } of inputData(transaction)) contents.addBytes('input', data);
}

function addToken({ category, commitment }: TokenData, contents: Contents): void {
  contents.add(postingPrefix('category', categoryKey(category)), null);
  if (commitment.length > 0) contents.add(postingPrefix('commitment', commitmentKey(category, commitment)), null);
}

function addScript(lockingScript: Uint8Array, contents: Contents): void {
  contents.addBytes('script', lockingScript);
  for (const data of scriptPushes(lockingScript)) contents.addBytes('push', data);
}

/** Gathers postings. Most transactions have none. */
class Contents {
  #byPrefix: Map<string, ContentPosting> | null = null;

  get all(): Iterable<ContentPosting> {
    return this.#byPrefix?.values() ?? NOTHING;
  }

  addBytes(bytes: IndexedBytes, data: Uint8Array): void {
    for (const rung of rungsOf(data.length)) this.add(postingPrefix(rungKind(bytes, rung), data), data.length);
  }

  add(prefix: Uint8Array, length: number | null): void {
    this.#byPrefix ??= new Map();
    const name = mapKey(prefix);
    const before = this.#byPrefix.get(name);
    if (before === undefined) this.#byPrefix.set(name, { prefix, length });
    else if (before.length !== length) this.#byPrefix.set(name, { prefix, length: null });
  }
}
