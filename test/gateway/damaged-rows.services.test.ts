import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StoreLocation } from '../../src/store/location.ts';
import { openStore } from '../../src/store/open.ts';
import { encodePosition } from '../../src/store/position.ts';
import { outpointKey, postingKey, postingPrefix } from '../../src/store/postings.ts';
import { describeWith } from '../services/suite.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { vandalOf } from '../support/vandal.ts';
import { post, serve, type TestGateway } from './support.ts';

const OUTPUTS = 40;
/** The outputs whose spender cannot be read: the row that names it is damaged, or the spender itself. */
const [UNNAMED, UNREADABLE] = [7, 23];

const pays = (count: number) => Array.from({ length: count }, () => ({ value: 10, script: p2pkhScript(2) }));

function itFailsAlone(locationOf: () => StoreLocation): void {
  let wide: MadeTransaction;
  let spenders: MadeTransaction[];
  let chain: MovingChain;
  let gateway: TestGateway;

  beforeAll(async () => {
    const location = locationOf();
    chain = await MovingChain.create(
      [{ value: 1_000, script: p2pkhScript(1) }],
      await openStore(location, { cacheMiB: 8 }),
    );
    const txid = chain.tip.transactions[0]!.transaction.txid;
    wide = chain.make([{ txid, index: 0 }], pays(OUTPUTS));
    spenders = Array.from({ length: OUTPUTS }, (_, index) =>
      chain.make([{ txid: wide.transaction.txid, index }], pays(1)),
    );
    await chain.commit({ connect: [[wide], spenders, ...Array.from({ length: 10 }, () => [])] });
    const vandal = vandalOf(location);
    const place = (index: number) => encodePosition({ height: 2, fork: 0, index: 1 + index });
    const spend = postingPrefix('spend', outpointKey(wide.transaction.txid, UNNAMED));
    await vandal.flip('postings', postingKey(spend, place(UNNAMED)), 3);
    await vandal.flip('transactions', place(UNREADABLE), 3);
    await vandal.close();
    gateway = await serve(chain.store);
  }, 60_000);

  afterAll(async () => {
    await gateway.close();
    await chain.close();
  });

  it.each([
    ['before it is found', 'query', 'outputs'],
    ['behind it', 'query ($from: Int! = 0)', 'outputs(offset: $from)'],
  ])('does not hide the spenders of the other outputs of a transaction, read %s', async (_, operation, outputs) => {
    const selection = `${outputs} { spentBy { transaction { txid } } }`;
    const query = `${operation} { transaction(txid: "${idOf(wide.transaction)}") { ${selection} } }`;
    const { data, errors } = await post(gateway.url, query);
    expect(errors?.map(({ path, extensions }) => [path![2], extensions.code])).toEqual([
      [UNNAMED, 'STORE_DAMAGED'],
      [UNREADABLE, 'STORE_DAMAGED'],
    ]);
    const known = (i: number) => ({ transaction: { txid: idOf(spenders[i]!.transaction) } });
    const expected = spenders.map((_, i) => ({ spentBy: i === UNNAMED || i === UNREADABLE ? null : known(i) }));
    expect(data.transaction.outputs).toEqual(expected);
  });

  it('does not hide other transactions, looked up by their ids', async () => {
    const some = [UNREADABLE - 1, UNREADABLE, UNREADABLE + 1];
    const fields = some.map((i) => `t${i}: transaction(txid: "${idOf(spenders[i]!.transaction)}") { size }`);
    const { data, errors } = await post(gateway.url, `{ ${fields.join(' ')} }`);
    expect(errors?.map(({ path }) => path)).toEqual([[`t${UNREADABLE}`]]);
    expect(Object.values(data)).toEqual(
      some.map((i) => (i === UNREADABLE ? null : { size: spenders[i]!.transaction.size })),
    );
  });
}

describe('with SQLite, one damaged row', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-damaged-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  itFailsAlone(() => ({ kind: 'sqlite', file: join(folder, 'chain.db') }));
});

describeWith('mongodb')('with MongoDB, one damaged row', ({ mongodbUri }) => {
  const database = temporaryDatabase(mongodbUri);
  afterAll(() => database.drop());
  itFailsAlone(() => ({ kind: 'mongodb', uri: database.uri }));
});
