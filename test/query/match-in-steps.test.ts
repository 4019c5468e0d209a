import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { networkById } from '../../src/chain/networks.ts';
import { transactionFromBytes } from '../../src/chain/transaction.ts';
import { truthOf } from '../../src/query/match.ts';
import { decideInSteps } from '../../src/query/match-in-steps.ts';
import type { MatchSubject } from '../../src/query/match-subject.ts';
import { parseFilter } from '../../src/query/parse-filter.ts';
import { FREE_WORK } from '../../src/query/work.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { amount } from '../support/amount.ts';
import { AskedChain } from '../support/asked-chain.ts';
import { encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';

const NETWORK = networkById('btc-regtest');
const RUNS = amount({ usual: 300, long: 20_000 });
const OUTPUTS = 50;

let store: ChainStore;
let chain: AskedChain;

beforeAll(async () => {
  store = await temporaryStore();
  chain = await AskedChain.index(store, 25);
});

afterAll(() => store.close());

it('a filter holds in steps as it does at once', async () => {
  const seen = fc.constantFrom(...chain.everything);
  await fc.assert(
    fc.asyncProperty(chain.readingOf(), seen, async ({ filter: input }, transaction) => {
      const filter = parseFilter(input, NETWORK);
      const subject: MatchSubject = { ...transaction, network: NETWORK };
      const decided = await decideInSteps(filter, subject, FREE_WORK);
      expect(truthOf(filter, decided)).toBe(truthOf(filter, subject));
    }),
    { numRuns: RUNS },
  );
});

it('others go first after each output', async () => {
  const outputs = Array.from({ length: OUTPUTS }, () => ({ value: 1, script: p2pkhScript(1) }));
  const bytes = encodeTransaction([{ txid: new Uint8Array(32), index: 1 }], outputs);
  const subject = {
    network: NETWORK,
    transaction: transactionFromBytes(bytes, NETWORK),
    spent: [null],
    height: 1,
    time: 1,
  };
  let turns = 0;
  const goOn = async () => {
    turns += 1;
  };
  const filter = parseFilter({ outputs: [{ value: { gt: 5 } }] }, NETWORK);
  const decided = await decideInSteps(filter, subject, { ...FREE_WORK, goOn });
  expect({ turns, truth: truthOf(filter, decided) }).toEqual({ turns: OUTPUTS, truth: false });
});
