import { type GraphQLField, type GraphQLObjectType, getNamedType, isLeafType, isObjectType } from 'graphql';
import type { CommandStartedEvent } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { networkById } from '../../src/chain/networks.ts';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { describeWith } from '../services/suite.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { idOf, type MadeTransaction, MovingChain } from '../support/moving-chain.ts';
import { dataScript, type MadeOutput, p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { PUBLISHED, withPrefix } from '../wallet/keys.ts';
import { post, serve, type TestGateway } from './support.ts';

/** How many things of a kind are asked for together: few, and as many as the outputs of a large transaction. */
const FEW = 2;
const MANY = 61;
/** The most fields that a query may have at its root. */
const MOST_ROOTS = 20;

const TPUB = withPrefix(PUBLISHED.bip44, 'tpub');
const script = p2pkhScript;
const id = ({ transaction }: MadeTransaction) => idOf(transaction);
const spending = ({ transaction }: MadeTransaction, index = 0) => ({ txid: transaction.txid, index });
const address = (key: number) => addressOf(script(key), networkById('btc-regtest'))!;
const pays = (key: number, value = 10): MadeOutput => ({ value, script: script(key) });
const numbered = <T>(count: number, item: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => item(i));

/** A chain with many objects of every kind that can be queried. */
class CrowdedChain {
  readonly chain: MovingChain;
  /** In a block, with outputs that are spent in blocks, spent by unconfirmed transactions, or unspent. */
  readonly wide: MadeTransaction;
  /** In a block, with as many inputs. */
  readonly gathering: MadeTransaction;
  /** In the block at `height`, each with three outputs, the last of which has data; one of them is spent. */
  readonly many: readonly MadeTransaction[];
  readonly height: number;
  /** Unconfirmed; each has replaced one of `replaced`. */
  readonly pending: readonly MadeTransaction[];
  readonly replaced: readonly MadeTransaction[];

  private constructor(chain: MovingChain, wide: MadeTransaction) {
    this.chain = chain;
    this.wide = wide;
    const funds = chain.make(
      [spending(chain.tip.transactions[0]!)],
      numbered(3 * MANY, () => pays(1, 100)),
    );
    this.gathering = chain.make(
      numbered(MANY, (i) => spending(funds, i)),
      [pays(2)],
    );
    const data = { value: 0, script: dataScript([new TextEncoder().encode('hello'), new Uint8Array(40)]) };
    const made = numbered(MANY, (i) => chain.make([spending(funds, MANY + i)], [pays(3 + i), pays(2), data]));
    this.many = [funds, this.gathering, ...made];
    this.height = chain.tip.height + 1;
    const pending = made.map((one, i) => [spending(one), ...(i % 3 === 0 ? [spending(wide, i)] : [])]);
    this.replaced = pending.map((inputs) => chain.make(inputs, [pays(100)]));
    this.pending = pending.map((inputs) => chain.make(inputs, [pays(101)]));
  }

  static async create(chain: MovingChain): Promise<CrowdedChain> {
    const wide = chain.make(
      [spending(chain.tip.transactions[0]!)],
      numbered(MANY, () => pays(2, 100)),
    );
    await chain.commit({ connect: [[], [wide]] });
    const crowd = new CrowdedChain(chain, wide);
    const spenders = numbered(MANY, (i) => i).filter((i) => i % 3 === 1);
    const inBlocks = spenders.map((i) => chain.make([spending(wide, i)], [pays(2)]));
    await chain.commit({ connect: [[...crowd.many], inBlocks, ...numbered(MANY, () => [])] });
    await chain.commit({ arrive: crowd.replaced });
    chain.summarise({ count: MANY, virtualSize: 1, fees: 1, histogram: [{ from: 1, count: MANY, virtualSize: 1 }] });
    const leave = crowd.replaced.map((one, i) => ({
      id: id(one),
      reason: 'replaced' as const,
      by: id(crowd.pending[i]!),
    }));
    await chain.commit({ arrive: crowd.pending, leave });
    await chain.observe([{ height: 3, hash: 'ab'.repeat(32), branchLength: 1, status: 'valid-fork' }]);
    return crowd;
  }
}

/** A selection of some fields. */
type Selection = string;

/** Queries that select the same fields of different numbers of things of a type. */
function queriesFor({
  many,
  gathering,
  wide,
  height,
}: CrowdedChain): Record<string, ((n: number, of: Selection) => string)[]> {
  const roots = (n: number, field: (i: number) => string) =>
    `{ ${numbered(Math.min(n, MOST_ROOTS), (i) => `f${i}: ${field(i)}`).join(' ')} }`;
  const ofChain = (_: number, of: Selection) => `{ chain { ${of} } }`;
  const blocks = (n: number, of: Selection) => `{ blocks(first: ${n}, order: OLDEST_FIRST) { ${of} } }`;
  const byHeight = (n: number, of: Selection) => roots(n, (i) => `block(height: ${i + 1}) { ${of} }`);
  const ofBlock = (n: number, of: Selection) => `{ block(height: ${height}) { transactions(first: ${n}) { ${of} } } }`;
  const pending = (n: number, of: Selection) => `{ transactions(filter: { confirmed: false }, first: ${n}) { ${of} } }`;
  const byId = (n: number, of: Selection) => roots(n, (i) => `transaction(txid: "${id(many[i]!)}") { ${of} }`);
  const addresses = (n: number, of: Selection) => roots(n, (i) => `address(address: "${address(3 + i)}") { ${of} }`);
  const outputs = (n: number, of: Selection) =>
    `{ transaction(txid: "${id(wide)}") { outputs(first: ${n}) { ${of} } } }`;
  const ofMany = (n: number, of: Selection) => ofBlock(n, `nodes { outputs(first: 3) { ${of} } }`);
  const inputs = (n: number, of: Selection) =>
    `{ transaction(txid: "${id(gathering)}") { inputs(first: ${n}) { ${of} } } }`;
  const unspent = (n: number, of: Selection) =>
    `{ address(address: "${address(2)}") { unspentOutputs(first: ${n}) { ${of} } } }`;
  const balances = (n: number, of: Selection) =>
    `{ address(address: "${address(2)}") { balances(by: BLOCK, first: ${n}) { ${of} } } }`;
  const QUERY_ARGUMENTS: Readonly<Record<string, (i: number) => string>> = {
    block: (i) => `(height: ${i + 1})`,
    transaction: (i) => `(txid: "${id(many[i]!)}")`,
    address: (i) => `(address: "${address(3 + i)}")`,
    at: (i) => `(height: ${i + 1})`,
    addresses: () => `(addresses: ${JSON.stringify(numbered(MANY, (i) => address(3 + i)))})`,
    transactionsByIds: () => `(txids: ${JSON.stringify(many.map(id))})`,
    output: (i) => `(txid: "${id(wide)}", index: ${i})`,
    outputs: () => `(filter: { addresses: ${JSON.stringify(numbered(MANY, (i) => address(3 + i)))} })`,
    wallet: () => `(xpub: "${TPUB}")`,
  };
  const explained = (n: number, of: Selection) =>
    `{ explainTransactions(filter: { addresses: ${JSON.stringify(numbered(n, (i) => address(3 + i)))} }) { ${of} } }`;
  const given = (n: number, of: Selection) =>
    `{ addresses(addresses: ${JSON.stringify(numbered(n, (i) => address(3 + i)))}) { ${of} } }`;
  const wallet = (n: number, of: Selection) => `{ wallet(xpub: "${TPUB}", gapLimit: ${n}) { ${of} } }`;
  const ofQuery = (n: number, of: Selection) => {
    const [name = '', ...selection] = of.split(' ');
    return roots(n, (i) => `${name}${QUERY_ARGUMENTS[name]?.(i) ?? ''} ${selection.join(' ')}`);
  };
  return {
    Query: [ofQuery],
    Chain: [ofChain],
    BlockRef: [(n, of) => ofChain(n, `nodeTip { ${of} }`)],
    HeightRange: [(n, of) => ofChain(n, `coverage { ${of} }`)],
    SearchIndex: [(n, of) => ofChain(n, `indexes { ${of} }`)],
    CompetingTip: [(n, of) => ofChain(n, `split { ${of} }`)],
    Mempool: [(_, of) => `{ mempool { ${of} } }`],
    FeeRateRange: [(_, of) => `{ mempool { histogram { ${of} } } }`],
    ProjectedBlock: [(n, of) => `{ projectedBlocks(first: ${n}) { ${of} } }`],
    FeeEstimates: [(_, of) => `{ feeEstimates { ${of} } }`],
    NodeFeeEstimates: [(_, of) => `{ feeEstimates { node { ${of} } } }`],
    NodeFeeEstimate: [(_, of) => `{ feeEstimates { node { estimates { ${of} } } } }`],
    ProjectedFeeEstimate: [(_, of) => `{ feeEstimates { projected { ${of} } } }`],
    Relatives: [(n, of) => pending(n, `nodes { ancestors { ${of} } }`)],
    Block: [(n, of) => blocks(n, `nodes { ${of} }`), byHeight],
    BlockConnection: [blocks],
    BlockEdge: [(n, of) => blocks(n, `edges { ${of} }`)],
    Transaction: [(n, of) => ofBlock(n, `nodes { ${of} }`), (n, of) => pending(n, `nodes { ${of} }`), byId],
    TransactionConnection: [ofBlock, pending],
    TransactionEdge: [(n, of) => ofBlock(n, `edges { ${of} }`)],
    PageInfo: [(n, of) => ofBlock(n, `pageInfo { ${of} }`), (n, of) => pending(n, `pageInfo { ${of} }`)],
    Removal: [(n, of) => pending(n, `nodes { conflicts { removed { ${of} } } }`)],
    Input: [inputs, (n, of) => ofBlock(n, `nodes { inputs { ${of} } }`)],
    SpentOutput: [(n, of) => inputs(n, `spentOutput { ${of} }`)],
    Output: [outputs, ofMany, (n, of) => unspent(n, `nodes { ${of} }`)],
    Data: [(n, of) => ofMany(n, `data { ${of} }`)],
    Push: [(n, of) => ofMany(n, `data { pushes { ${of} } }`)],
    Token: [(n, of) => outputs(n, `token { ${of} }`)],
    Address: [addresses, given],
    Balance: [(n, of) => addresses(n, `balance { ${of} }`)],
    BalanceHistory: [balances],
    BalanceEdge: [(n, of) => balances(n, `edges { ${of} }`)],
    BalancePeriod: [(n, of) => balances(n, `nodes { ${of} }`)],
    PendingBalance: [(n, of) => addresses(n, `balance { pending { ${of} } }`)],
    PartialBalance: [(n, of) => addresses(n, `balanceUnknown { ${of} }`)],
    Wallet: [wallet],
    WalletAddress: [(n, of) => wallet(n, `addresses { ${of} }`)],
    WalletChain: [(n, of) => wallet(n, `chains { ${of} }`)],
    TransactionPlan: [explained],
    PlanStep: [(n, of) => explained(n, `steps { ${of} }`)],
    PlanPrediction: [(n, of) => explained(n, `prediction { ${of} }`)],
    PlanRefusal: [(n, of) => explained(n, `refusal { ${of} }`)],
    OutputConnection: [unspent],
    OutputEdge: [(n, of) => unspent(n, `edges { ${of} }`)],
  };
}

/** A subscription that receives many events of a type, and how many. */
function eventsOf(type: string, after: string): [subscription: string, count: number] {
  switch (type) {
    case 'TransactionEvent':
      return [`transactions(after: "${after}")`, 4 * MANY];
    case 'BlockEvent':
      return [`blocks(after: "${after}")`, MANY];
    case 'AddressEvent':
      return [`address(addresses: ["${address(2)}", "${address(101)}"], after: "${after}")`, 2 * MANY];
    default:
      throw new Error(`Which subscription tells of a ${type}?`);
  }
}

/**
 * How many commands the answer to a field may take for any number of things, beside those that find the things; none if it is
 * not listed.
 */
const COMMANDS: Readonly<Record<string, number>> = {
  // The state is read first in each query.
  'Query.chain': 1,
  'Query.mempool': 1,
  'Query.address': 1,
  'Query.addresses': 1,
  'Query.transactionsByIds': 4,
  'Query.output': 3,
  'Query.outputs': 5,
  // Whether what was derived is used, in blocks and then unconfirmed, once for each step.
  'Query.wallet': 5,
  'Query.block': 2,
  'Query.blocks': 2,
  'Query.at': 2,
  'Query.transaction': 3,
  'Query.transactions': 4,
  'Chain.tip': 1,
  'Block.previous': 1,
  'Block.next': 1,
  'Block.transactions': 1,
  // The first of these reads the mempool for all.
  'Query.projectedBlocks': 2,
  'FeeEstimates.projected': 2,
  'Mempool.transactions': 3,
  'Address.balance': 1,
  // The times of the first and last block, the postings, and the times of their blocks.
  'Address.balances': 3,
  'Balance.pending': 1,
  'Address.balanceUnknown': 1,
  'Wallet.balance': 1,
  'Wallet.balanceUnknown': 1,
  'Wallet.transactions': 4,
  'Wallet.unspentOutputs': 5,
  'Address.transactions': 4,
  'Address.unspentOutputs': 5,
  'Transaction.block': 1,
  'Transaction.firstSeen': 1,
  // In blocks, among removed transactions, and the reasons of their removal.
  'Transaction.conflicts': 3,
  // Those that are near, and then those that are further away; nothing here has any.
  'Transaction.effectiveFeeRate': 1,
  'Transaction.ancestors': 1,
  'Transaction.descendants': 1,
  'Transaction.replaceable': 1,
  'Input.previousTransaction': 2,
  'Output.spentBy': 2,
};

const schema = createSchema();
const [mutations, subscriptions] = [schema.getMutationType()!, schema.getSubscriptionType()!];
/** The types of events. */
const EVENT_TYPES = Object.values(subscriptions.getFields()).map(({ type }) => getNamedType(type) as GraphQLObjectType);
/** Root fields that the node answers, without reading the index. */
const FOR_NODE = [...Object.values(mutations.getFields()), schema.getQueryType()!.getFields().testTransactions!];
/** Each explanation makes a search of its own, which nothing else may share. */
const APART: GraphQLField<unknown, unknown> = schema.getQueryType()!.getFields().explainTransactions!;
const OF_NODE = FOR_NODE.map(({ type }) => getNamedType(type));
/** All others. */
const ASKED = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter((type) => !type.name.startsWith('__'))
  .filter((type) => ![mutations, subscriptions, ...EVENT_TYPES, ...OF_NODE].includes(type));

function selectionOf({ name, type, args }: GraphQLField<unknown, unknown>): Selection {
  const by = args.some((argument) => argument.name === 'by') ? '(by: DAY)' : '';
  return isLeafType(getNamedType(type)) ? name : `${name}${by} { __typename }`;
}

describeWith('mongodb')('with MongoDB, the commands to the server', ({ mongodbUri }) => {
  const database = temporaryDatabase(mongodbUri);
  let sent: string[] = [];
  let crowd: CrowdedChain;
  let written: ChainStore;
  let gateway: TestGateway;
  /** Before the crowd is added. */
  let begin: string;

  beforeAll(async () => {
    const onCommand = ({ commandName, command }: CommandStartedEvent) =>
      sent.push(`${commandName} ${command[commandName]}`);
    // The writer's own store merges postings meanwhile.
    written = await MongoStore.open(database.uri);
    const chain = await MovingChain.create([{ value: 100_000, script: script(1) }], written);
    await chain.observe([]);
    const store = await MongoStore.open(database.uri, { onCommand });
    gateway = await serve(store, { cacheBytes: 0, scanBudget: 1_000_000 });
    begin = (await post(gateway.url, '{ chain { cursor } }')).data.chain.cursor;
    crowd = await CrowdedChain.create(chain);
  });

  afterAll(async () => {
    await gateway.close();
    await crowd.chain.close();
    await written.close();
    await database.drop();
  });

  /** The first answer brings the filters and first keys of postings into memory. */
  const commandsOf = async (query: string): Promise<number> => {
    await post(gateway.url, query);
    sent = [];
    const { errors } = await post(gateway.url, query);
    expect(errors, query).toBeUndefined();
    return sent.length;
  };

  /** The commands that read what events refer to, beside the log itself. */
  const commandsOfEvents = async ({ url }: TestGateway, query: string, count: number): Promise<number> => {
    const client = new EventSourceClient(`${url}/graphql`, query);
    await client.opened;
    sent = [];
    await client.untilTold(count);
    await client.close();
    expect(client.notices.filter(({ errors }) => errors !== undefined)).toEqual([]);
    return sent.filter((command) => !/ (state|events)$/.test(command)).length;
  };

  it.each(ASKED)('are no more for many objects than for few: each field of $name', async (type) => {
    const queries = queriesFor(crowd)[type.name] ?? [];
    expect(queries, `a query that asks for many of the type ${type.name}`).not.toHaveLength(0);
    for (const field of Object.values(type.getFields()).filter((one) => ![...FOR_NODE, APART].includes(one))) {
      const name = `${type.name}.${field.name}`;
      for (const query of queries) {
        for (const n of [FEW, MANY]) {
          const without = await commandsOf(query(n, '__typename'));
          const added = (await commandsOf(query(n, selectionOf(field)))) - without;
          expect(added, `${name}: ${sent}`).toBeLessThanOrEqual(COMMANDS[name] ?? 0);
        }
      }
    }
  });

  const SPENDERS = `inputs { spentOutput { value address } } outputs { value spentBy { index transaction { txid } } }`;

  it.each([
    ['a transaction in a block', 3, ({ gathering }: CrowdedChain) => `transaction(txid: "${id(gathering)}") { txid }`],
    ['an unconfirmed one', 3, ({ pending }: CrowdedChain) => `transaction(txid: "${id(pending[1]!)}") { txid }`],
    [
      'one that was replaced',
      3,
      ({ replaced }: CrowdedChain) => `transaction(txid: "${id(replaced[1]!)}") { removed { by } }`,
    ],
    [
      'what 61 inputs spend',
      3,
      ({ gathering }: CrowdedChain) => `transaction(txid: "${id(gathering)}") { ${SPENDERS} }`,
    ],
    ['who spends 61 outputs', 3, ({ wide }: CrowdedChain) => `transaction(txid: "${id(wide)}") { ${SPENDERS} }`],
    [
      'what an unconfirmed one spends',
      3,
      ({ pending }: CrowdedChain) => `transaction(txid: "${id(pending[3]!)}") { ${SPENDERS} }`,
    ],
    [
      'what conflicts with one',
      5,
      ({ pending }: CrowdedChain) => `transaction(txid: "${id(pending[3]!)}") { conflicts { txid } }`,
    ],
    ['a block by its height', 2, () => 'block(height: 2) { hash size }'],
    ['a block by its hash', 3, ({ chain }: CrowdedChain) => `block(hash: "${chain.tip.hash}") { height }`],
  ])('are few for %s', async (_, most, field) => {
    expect(await commandsOf(`{ ${field(crowd)} }`), String(sent)).toBeLessThanOrEqual(most);
  });

  // Last, since the reader of the log runs for a moment after its last subscriber has gone.
  it.each(EVENT_TYPES)('are no more for an event that comes with others: each field of $name', async (type) => {
    const [subscription, count] = eventsOf(type.name, begin);
    const telling = await serve(crowd.chain.store, { cacheBytes: 0 });
    const without = await commandsOfEvents(telling, `subscription { ${subscription} { cursor } }`, count);
    for (const field of Object.values(type.getFields())) {
      const query = `subscription { ${subscription} { cursor ${selectionOf(field)} } }`;
      const added = (await commandsOfEvents(telling, query, count)) - without;
      // How many events are read together depends on timing; a read for each would be as many as there are events.
      expect(added, field.name).toBeLessThan(count / 2);
    }
    await telling.close();
  });
});
