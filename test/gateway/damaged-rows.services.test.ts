import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { equalBytes, toHex } from '../../src/chain/bytes.ts';
import type { StoreLocation } from '../../src/store/location.ts';
import { pageAt } from '../../src/store/mongo/transaction-page.ts';
import { openStore } from '../../src/store/open.ts';
import { encodePosition } from '../../src/store/position.ts';
import { outpointKey, postingKey, postingPrefix } from '../../src/store/postings.ts';
import { describeWith } from '../services/suite.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { pageWith, postingsIn } from '../support/run-pages.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { vandalOf } from '../support/vandal.ts';
import { post, serve, type TestGateway } from './support.ts';

const OUTPUTS = 20;
/** So many that postings of their spenders fill several pages. */
const WIDE = 120;
/** The output of each transaction whose spender cannot be read. */
const UNREADABLE = 13;
const SEVERAL = 6;

const pays = (count: number) => Array.from({ length: count }, () => ({ value: 10, script: p2pkhScript(2) }));

function itFailsAlone(locationOf: () => StoreLocation): void {
  let wide: MadeTransaction[];
  let spenders: MadeTransaction[];
  let chain: MovingChain;
  let gateway: TestGateway;
  /** The postings in a damaged page, as hex. */
  let lost: ReadonlySet<string>;

  const txidOf = (made: MadeTransaction) => made.transaction.txid;
  const place = (index: number) => encodePosition({ height: 2, fork: 0, index: 1 + index });
  const spendOf = (made: MadeTransaction, index: number) =>
    postingKey(postingPrefix('spend', outpointKey(txidOf(made), index)), place(index));
  /** In MongoDB a transaction shares a document with others, which are damaged with it. */
  const isUnreadable = (index: number) =>
    locationOf().kind === 'sqlite' ? index === UNREADABLE : equalBytes(pageAt(place(index)), pageAt(place(UNREADABLE)));
  const isLost = (made: MadeTransaction, index: number) => lost.has(toHex(spendOf(made, index)));

  beforeAll(async () => {
    const location = locationOf();
    const store = await openStore(location, { cacheMiB: 8 });
    chain = await MovingChain.create([{ value: 1_000, script: p2pkhScript(1) }], store);
    const txid = chain.tip.transactions[0]!.transaction.txid;
    wide = Array.from({ length: WIDE }, (_, index) => chain.make([{ txid, index }], pays(OUTPUTS)));
    spenders = Array.from({ length: OUTPUTS }, (_, index) =>
      chain.make(
        wide.map((made) => ({ txid: txidOf(made), index })),
        pays(1),
      ),
    );
    await chain.commit({ connect: [wide, spenders, ...Array.from({ length: 10 }, () => [])] });
    await store.settle();
    await chain.commit({ connect: [[]] });
    wide.sort((a, b) => Buffer.compare(txidOf(a), txidOf(b)));
    const page = await pageWith(store, spendOf(wide[WIDE / 2]!, 0));
    lost = new Set((await postingsIn(store, page)).map(toHex));
    await store.close();
    const vandal = vandalOf(location);
    await vandal.flip('runPages', page.key, 3);
    await vandal.flip('transactions', place(UNREADABLE), 3);
    await vandal.close();
    gateway = await serve(await openStore(location, { cacheMiB: 8 }));
  });

  afterAll(() => gateway.close());

  it.each([
    ['before it is found', 'query', 'outputs'],
    ['behind it', 'query ($from: Int! = 0)', 'outputs(offset: $from)'],
  ])('does not hide the spenders of other outputs, read %s', async (_, operation, outputs) => {
    const all = wide.map((made) => Array.from({ length: OUTPUTS }, (_, i) => isLost(made, i)));
    const whole = wide.filter((_, w) => all[w]!.every((isGone) => !isGone));
    const gone = wide.filter((_, w) => all[w]!.every((isGone) => isGone));
    const partly = wide.filter((made) => !whole.includes(made) && !gone.includes(made));
    expect([whole.length > SEVERAL, gone.length > SEVERAL, partly.length > 0]).toEqual([true, true, true]);
    const selection = `${outputs} { spentBy { transaction { txid } } }`;
    for (const made of [...whole.slice(0, SEVERAL), ...gone.slice(0, 1), ...partly]) {
      const query = `${operation} { transaction(txid: "${idOf(made.transaction)}") { ${selection} } }`;
      const { data, errors } = await post(gateway.url, query);
      const failing = spenders.map((_, i) => i).filter((i) => isUnreadable(i) || isLost(made, i));
      const told = errors!.map(({ path, extensions }) => [Number(path![2]), extensions.code] as const);
      expect(told.sort(([a], [b]) => a - b)).toEqual(failing.map((i) => [i, 'STORE_DAMAGED']));
      const known = (i: number) => ({ transaction: { txid: idOf(spenders[i]!.transaction) } });
      const expected = spenders.map((_, i) => ({ spentBy: failing.includes(i) ? null : known(i) }));
      expect(data.transaction.outputs).toEqual(expected);
    }
  });

  it('does not hide other transactions, looked up by their ids', async () => {
    const some = [...spenders.keys()];
    const fields = some.map((i) => `t${i}: transaction(txid: "${idOf(spenders[i]!.transaction)}") { size }`);
    const { data, errors } = await post(gateway.url, `{ ${fields.join(' ')} }`);
    const unreadable = some.filter(isUnreadable);
    expect(unreadable.length).toBeLessThan(OUTPUTS);
    expect(new Set(errors?.map(({ path }) => path![0]))).toEqual(new Set(unreadable.map((i) => `t${i}`)));
    expect(Object.values(data)).toEqual(
      some.map((i) => (isUnreadable(i) ? null : { size: spenders[i]!.transaction.size })),
    );
  });
}

describe('with SQLite, one damaged row and one damaged page', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-damaged-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  itFailsAlone(() => ({ kind: 'sqlite', file: join(folder, 'chain.db') }));
});

describeWith('mongodb')('with MongoDB, one damaged row and one damaged page', ({ mongodbUri }) => {
  const database = temporaryDatabase(mongodbUri);
  afterAll(() => database.drop());
  itFailsAlone(() => ({ kind: 'mongodb', uri: database.uri }));
});
