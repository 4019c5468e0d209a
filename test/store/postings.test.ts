import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { addPostings } from '../../indexer/rows/rows.ts';
import { parseBlock } from '../../src/chain/block.ts';
import { toHex } from '../../src/chain/bytes.ts';
import { networkById } from '../../src/chain/networks.ts';
import { packagePath } from '../../src/package-root.ts';
import { matchKeys } from '../../src/store/match-keys.ts';
import { RowPacker, rowsOf } from '../../src/store/packed-rows.ts';
import { encodePosition, POSITION_LENGTH } from '../../src/store/position.ts';
import { EVERY_FAMILY, POSTING_KINDS } from '../../src/store/postings.ts';

const HEIGHT = 357_238;
const NETWORK = networkById('btc-mainnet');
const OTHER_KINDS: readonly number[] = [POSTING_KINDS.txid.tag, POSTING_KINDS.spend.tag];

it('are prefixes of the postings by which a transaction is found', async () => {
  const { transactions } = parseBlock(await readFile(packagePath('assets', `mainnet-${HEIGHT}.block`)), NETWORK);
  const scripts = transactions.flatMap(({ outputs }) => outputs.map(({ lockingScript }) => lockingScript));
  let count = 0;
  for (const [index, transaction] of transactions.entries()) {
    const position = encodePosition({ height: HEIGHT, fork: 0, index });
    // The outputs that it spends are in other blocks, so any of this block serve.
    const spentScripts = transaction.inputs.map((_, i) => scripts[(index + i) % scripts.length]!);
    const spent = spentScripts.map((script) => ({ script, value: 1 }));
    const context = { height: HEIGHT, network: NETWORK, families: EVERY_FAMILY };
    const placed = { transaction, spent, position, ...context, hasCoins: true, firstSeen: null };
    const postings = new RowPacker();
    addPostings(placed, { postings });
    const keys = rowsOf(postings.finish())
      .map(({ key }) => key)
      .filter(([tag]) => !OTHER_KINDS.includes(tag!));
    const expected = keys.map((key) => toHex(key.subarray(0, key.length - POSITION_LENGTH)));
    const found = matchKeys({ transaction, spentScripts, height: HEIGHT }, NETWORK, EVERY_FAMILY).map(toHex);
    expect(found.sort()).toEqual(expected.sort());
    count += found.length;
  }
  expect(count).toBeGreaterThan(1_000);
});
