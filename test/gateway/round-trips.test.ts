import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ChainStore, ReadingStore, type ReadStore } from '../../src/store/store.ts';
import { demoStore, post, serve, type TestGateway } from './support.ts';

/** A store that counts the calls that reach it. */
class CountingStore extends ReadingStore {
  calls = 0;
  readonly #store: ReadStore;

  constructor(store: ReadStore) {
    super();
    this.#store = store;
  }

  read(...args: Parameters<ReadStore['read']>): ReturnType<ReadStore['read']> {
    this.calls++;
    return this.#store.read(...args);
  }

  readState(): ReturnType<ReadStore['readState']> {
    this.calls++;
    return this.#store.readState();
  }
}

describe('the number of calls to the store', () => {
  let store: ChainStore;
  let counting: CountingStore;
  let gateway: TestGateway;

  beforeAll(async () => {
    store = await demoStore();
    counting = new CountingStore(store);
    gateway = await serve(counting, { scanBudget: 100_000 });
  });

  afterAll(async () => {
    await gateway.close();
    await store.close();
  });

  const callsOf = async (query: string, first: number): Promise<number> => {
    counting.calls = 0;
    const { errors, data } = await post(gateway.url, query, { first });
    expect(errors).toBeUndefined();
    expect(data.list.transactions.nodes).toHaveLength(first);
    return counting.calls;
  };

  const page = (node: string) =>
    `query ($first: Int!) { list: block(height: 357238) { transactions(first: $first, after: null) { nodes { ${node} } } } }`;

  it.each([
    ['transactions alone', 'txid fee outputs { address } inputs { spentOutput { address } }'],
    ['their block', 'block { hash previous { hash } next { hash } }'],
    ['who spends their outputs', 'outputs { spentBy { index transaction { txid } } }'],
    [
      'who spends the outputs of who spends theirs',
      'outputs { spentBy { transaction { block { height } outputs { spentBy { index } } } } }',
    ],
  ])('does not grow with the page: %s', async (_, node) => {
    // Reads along an index double in length: three times the page takes few more calls.
    const few = await callsOf(page(node), 30);
    const many = await callsOf(page(node), 100);
    expect(many).toBeLessThanOrEqual(few + 3);
    expect(many).toBeLessThanOrEqual(14);
  });

  it.each(['address', 'addresses'])('does not grow with what is explained: %s', async (name) => {
    const all = await post(gateway.url, '{ transactions(first: 100) { nodes { outputs { address } } } }');
    const nodes: readonly { outputs: readonly { address: string | null }[] }[] = all.data.transactions.nodes;
    const found = nodes.flatMap(({ outputs }) => outputs.flatMap(({ address }) => address ?? [])).slice(0, 60);
    counting.calls = 0;
    const filter = name === 'address' ? { address: found[0] } : { addresses: found };
    const query =
      'query ($filter: TransactionFilter) { explainTransactions(filter: $filter) { steps { exact rows } } }';
    const { data } = await post(gateway.url, query, { filter });
    const steps: readonly { exact: boolean; rows: number }[] = data.explainTransactions.steps;
    expect(steps.filter(({ exact }) => exact).every(({ rows }) => rows > 0)).toBe(true);
    // The state, all samples at once, the lists, and their transactions.
    expect(counting.calls).toBeLessThanOrEqual(6);
  });

  it('is one for the state and one for the block if a block is asked for', async () => {
    counting.calls = 0;
    await post(
      gateway.url,
      '{ a: block(height: 357238) { hash } b: block(height: 357238) { size } chain { tip { hash } } }',
    );
    expect(counting.calls).toBe(2);
  });
});
