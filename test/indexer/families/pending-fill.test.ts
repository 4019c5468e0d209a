import { expect, it } from 'vitest';
import { addFamilies } from '../../../indexer/reindex/add-families.ts';
import { concatBytes, toHex } from '../../../src/chain/bytes.ts';
import { departedRange } from '../../../src/store/departures.ts';
import { familyOf, KIND_NAMES, POSTING_KINDS, rangeOfKind } from '../../../src/store/postings.ts';
import { scanPages } from '../../../src/store/scan-pages.ts';
import type { ChainStore, KeyRange, Table } from '../../../src/store/store.ts';
import { push } from '../../chain/unlocking.ts';
import { dyingStore } from '../../support/altered-store.ts';
import { stateOf } from '../../support/live-rows.ts';
import { idOf, MovingChain } from '../../support/moving-chain.ts';
import { makeOlder } from '../../support/older-store.ts';
import { p2pkhScript } from '../../support/synthetic-chain.ts';

const FAMILIES = ['scripts', 'inputs'] as const;

/** All postings of the families, with the table in which they are. */
async function familyRows(store: ChainStore): Promise<string[]> {
  const lines: string[] = [];
  const read = async (table: Table, range: KeyRange) => {
    for await (const { rows } of scanPages(store, table, range, 1_000)) {
      for (const { key, value } of rows) lines.push(`${table} ${toHex(key)} ${toHex(value)}`);
    }
  };
  const { stretches } = (await stateOf(store))!;
  for (const kind of KIND_NAMES.filter((name) => familyOf(name) !== null)) {
    const range = rangeOfKind(POSTING_KINDS[kind]);
    for (const table of ['postings', 'pendingPostings', 'removedPostings'] as const) await read(table, range);
    for (const stretch of stretches) await read('departedPostings', departedRange(stretch, range));
  }
  return lines.sort();
}

/** A chain with transactions that are pending, in blocks, in a stale block, and gone for several reasons, some of them a moment ago. */
async function movedChain(): Promise<MovingChain> {
  const chain = await MovingChain.create([{ value: 0, script: p2pkhScript(1) }]);
  let made = 0;
  const make = () => {
    const word = new TextEncoder().encode(`word ${++made}`);
    const input = { txid: new Uint8Array(32).fill(made), index: made, unlockingScript: push(word) };
    const script = concatBytes(p2pkhScript(made), Uint8Array.of(0x6a), push(word));
    return chain.make([input], [{ value: 0, script }]);
  };
  const [mined, replaced, evicted, winner, waiting, stale] = [make(), make(), make(), make(), make(), make()];
  await chain.commit({ arrive: [mined, replaced, evicted] });
  await chain.commit({ connect: [[mined]] });
  await chain.commit({
    arrive: [winner],
    leave: [{ id: idOf(replaced.transaction), reason: 'replaced', by: idOf(winner.transaction) }],
  });
  await chain.restart([make()]);
  await chain.commit({ connect: [[stale]] });
  await chain.commit({ disconnect: 1, connect: [[], []], arrive: [stale] });
  await chain.commit({ leave: [{ id: idOf(evicted.transaction), reason: 'evicted' }] });
  await chain.commit({ arrive: [waiting] });
  await chain.commit({ leave: [{ id: idOf(winner.transaction), reason: 'expired' }] });
  return chain;
}

it('families that are added later have the same postings as from the beginning, for unconfirmed transactions too', async () => {
  const { store } = await movedChain();
  const whole = await familyRows(store);
  for (const table of ['postings', 'pendingPostings', 'departedPostings', 'removedPostings']) {
    expect(whole.some((line) => line.startsWith(table))).toBe(true);
  }
  for (let changes = 1; ; changes++) {
    await makeOlder(store);
    expect(await familyRows(store)).toEqual([]);
    const add = (to: ChainStore) =>
      addFamilies({ store: to, families: FAMILIES, leaseMs: 60_000, signal: new AbortController().signal });
    const outcome = await add(dyingStore(store, changes)).catch((error: Error) => error.message);
    await add(store);
    // What a restarted writer left uncounted has no postings now, as nobody can see it.
    const known = new Set(whole);
    expect((await familyRows(store)).filter((line) => !known.has(line))).toEqual([]);
    const { families } = (await stateOf(store))!;
    for (const family of FAMILIES) expect(families.held[family]?.since).toBeTruthy();
    if (outcome !== 'killed') break;
  }
  const found = new Set(await familyRows(store));
  const missing = whole.filter((line) => !found.has(line));
  expect(missing.every((line) => line.startsWith('pendingPostings'))).toBe(true);
  await store.close();
});
