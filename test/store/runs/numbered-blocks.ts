import { createHash } from 'node:crypto';
import { mapKey } from '../../../src/chain/bytes.ts';
import { decodePosition, encodePosition } from '../../../src/store/position.ts';
import { POSTING_KINDS, postingKey, postingPrefix, rangeOfKind } from '../../../src/store/postings.ts';
import { scanPages } from '../../../src/store/scan-pages.ts';
import type { ReadStore, Row } from '../../../src/store/store.ts';

/** Others take over at once. */
export const WRITER_OPTIONS = { network: 'btc-regtest', start: 0, leaseMs: 60_000, isGone: () => true } as const;

const KEYS = 50;
const PARTS = 3;

/** The postings of a block, in parts that are written at once; many of some keys, and one of each of many. They name the epoch of their writer. */
export function partsOfBlock(height: number, epoch: number): Row[][] {
  const count = rowsOfBlock(height);
  const value = new TextEncoder().encode(String(epoch));
  const rows = Array.from({ length: count }, (_, index) => {
    const name = index % 2 === 0 ? String(index % KEYS) : `${height} ${index}`;
    const prefix = postingPrefix('lock', createHash('sha256').update(name).digest());
    return { key: postingKey(prefix, encodePosition({ height, fork: 0, index })), value };
  });
  const length = Math.ceil(count / PARTS);
  return Array.from({ length: PARTS }, (_, part) => rows.slice(part * length, (part + 1) * length));
}

/** One block in 20 is so large that a thread makes its runs. */
function rowsOfBlock(height: number): number {
  return height % 20 === 19 ? 6_600 : 30 + (height % 7) * 30;
}

/** Checks that a store has the postings of each block up to a height once, each block those of one writer, and nothing else. @returns what is wrong */
export async function wrongBlocks(store: ReadStore, tip: number): Promise<string[]> {
  const counts = new Map<number, number>();
  const epochs = new Map<number, Set<string>>();
  const keys: string[] = [];
  const all = rangeOfKind(POSTING_KINDS.lock);
  for await (const { rows } of scanPages(store, 'postings', all, 5_000)) {
    for (const { key, value } of rows) {
      const { height } = decodePosition(key);
      counts.set(height, (counts.get(height) ?? 0) + 1);
      epochs.set(height, (epochs.get(height) ?? new Set()).add(new TextDecoder().decode(value)));
      keys.push(mapKey(key));
    }
  }
  const wrong: string[] = [];
  if (new Set(keys).size !== keys.length) wrong.push('postings that come twice');
  const [fromEnd] = await store.scan('postings', [all], { limit: keys.length + 1, reverse: true });
  const isReverse = fromEnd!.rows.every(({ key }, i) => mapKey(key) === keys.at(-1 - i));
  if (!isReverse || fromEnd!.rows.length !== keys.length) wrong.push('other postings from the end');
  for (let height = 0; height <= tip; height++) {
    const count = counts.get(height) ?? 0;
    if (count !== rowsOfBlock(height)) wrong.push(`${count} of ${rowsOfBlock(height)} postings at ${height}`);
    if (epochs.get(height)?.size !== 1) wrong.push(`postings of other than one writer at ${height}`);
  }
  for (const height of counts.keys()) if (height > tip) wrong.push(`postings at ${height}, above the tip`);
  return wrong;
}
