import { buildASTSchema, type GraphQLNamedType, getNamedType, isInputObjectType, isObjectType, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { readTypeDefs } from '../../src/gateway/graphql/type-defs.ts';
import { FOREIGN_WORDS } from '../../src/gateway/requests/foreign-words.ts';
import { encodeEventCursor, endOfEvent } from '../../src/live/live-event.ts';
import { endOf } from '../../src/store/event-log.ts';
import { EventSourceClient } from '../support/event-source.ts';
import { demoGateway, post } from './support.ts';

const TXID = '6399364a1a238e1ae495d26274548ee8dede0d12a14f378bfe020a367764f3d2';
const ADDRESS = '1KzhCfSnJKHFFxJnFats5fPZue7ZLXMnTz';

const gateway = demoGateway();

async function messageOf(query: string, variables: object = {}): Promise<string> {
  const { errors, data } = await post(gateway.url, query, variables);
  expect(data).toBeUndefined();
  return errors!.map(({ message }) => message).join('\n');
}

const filtered = (filter: string) => `{ transactions(filter: ${filter}) { nodes { txid } } }`;

describe('a value in the place of an object', () => {
  it.each([
    ['{ data: { pushes: { startsWith: "hello" } } }', 'write { utf8: "hello" }'],
    ['{ data: { pushes: { equals: hello } } }', 'write { utf8: "hello" }'],
    ['{ data: { pushes: { equals: "say \\"hi\\"" } } }', 'write { utf8: "say \\"hi\\"" }'],
    ['{ data: { pushes: { equals: 5 } } }', '"BytesInput" is an object with exactly one of utf8: String, hex: Hex'],
    ['{ data: { pushes: { equals: { utf8: "a", hex: "61" } } } }', 'exactly one of utf8: String'],
    ['{ data: { pushes: { equals: { text: "a" } } } }', 'exactly one of utf8: String'],
    ['{ data: { pushes: "hello" } }', 'write { equals: { utf8: "hello" } }'],
    ['{ data: { pushes: 3 } }', 'write { index: 3 }'],
    ['{ data: "hello" }', 'write { pushes: [{ equals: { utf8: "hello" } }] }'],
    ['{ data: { startsWith: "hello" } }', '"DataFilter" is an object with pushes: [PushFilter!]!'],
    ['{ block: 5 }', 'write { from: 5, to: 5 }'],
    ['{ block: [5, 7] }', 'write { from: 5, to: 7 }'],
    ['{ block: true }', '"HeightFilter" is an object with from: Int, to: Int'],
    ['{ time: "2015-05-20" }', 'write { from: "2015-05-20", to: "2015-05-20" }'],
    [`"${ADDRESS}"`, `write { address: "${ADDRESS}" }`],
    [`"${TXID}"`, `write { txids: ["${TXID}"] }`],
    ['true', 'write { confirmed: true }'],
  ])('of %s is answered with the shape', async (filter, message) => {
    expect(await messageOf(filtered(filter))).toContain(message);
  });

  it.each([
    [{ data: { pushes: { startsWith: 'hello' } } }, 'write { "utf8": "hello" }'],
    [{ data: [{ pushes: [{ equals: { text: 'a' } }] }] }, 'exactly one of utf8: String'],
    [{ data: 'hello' }, 'write { "pushes": [{ "equals": { "utf8": "hello" } }] }'],
    [{ block: 5 }, 'write { "from": 5, "to": 5 }'],
    [{ block: [5, 7] }, 'write { "from": 5, "to": 7 }'],
    [ADDRESS, `write { "address": "${ADDRESS}" }`],
  ])('in a variable (%j) is answered with the shape in JSON', async (filter, message) => {
    const query = 'query ($f: TransactionFilter) { transactions(filter: $f) { nodes { txid } } }';
    expect(await messageOf(query, { f: filter })).toContain(message);
  });

  it.each([
    ['String', '{ data: { pushes: { startsWith: $v } } }', 'write { utf8: $v }'],
    ['Hex', '{ data: { pushes: { startsWith: $v } } }', 'write { hex: $v }'],
    ['Int!', '{ block: $v }', 'write { from: $v, to: $v }'],
    ['String!', '$v', 'write { address: $v }'],
  ])('as a variable of type %s in %s is answered with the shape', async (type, filter, message) => {
    const query = `query ($v: ${type}) { transactions(filter: ${filter}) { nodes { txid } } }`;
    expect(await messageOf(query)).toContain(message);
  });

  it('is not repeated if it is long', async () => {
    const message = await messageOf(filtered(`{ data: { pushes: { equals: "${'a'.repeat(100)}" } } }`));
    expect(message).toContain('write { utf8: "..." }');
  });
});

describe('a field that belongs to another one', () => {
  it.each([
    ['{ transactions { txid } }', 'write nodes { txid }'],
    ['{ transactions { outputs { value } } }', 'write nodes { outputs { ... } }'],
    ['{ transactions { edges { txid } } }', 'write node { txid }'],
    ['{ transactions { cursor } }', 'write edges { cursor }'],
    ['{ transactions { hasNextPage } }', 'write pageInfo { hasNextPage }'],
    ['{ blocks { hash } }', 'write nodes { hash }'],
    ['{ blocks { edges { height } } }', 'write node { height }'],
    [`{ address(address: "${ADDRESS}") { unspentOutputs { value } } }`, 'write nodes { value }'],
    [`{ address(address: "${ADDRESS}") { unspentOutputs { edges { value } } } }`, 'write node { value }'],
    [`{ address(address: "${ADDRESS}") { received } }`, 'write balance { received }'],
    ['{ chain { height } }', 'write tip { height }'],
    ['{ transactions { items { txid } } }', 'The members are in "nodes": write nodes { ... }.'],
    ['{ blocks { edges { item { hash } } } }', 'The members are in "node": write node { ... }.'],
    ['fragment f on BlockConnection { hash } { blocks { ... f } }', 'write nodes { hash }'],
    ['subscription { transactions { txid } }', 'write transaction { txid }'],
    ['{ transactions }', 'write transactions { nodes { ... } }'],
    [`{ address(address: "${ADDRESS}") { unspentOutputs } }`, 'write unspentOutputs { nodes { ... } }'],
  ])('%s is answered with its place', async (query, message) => {
    expect(await messageOf(query)).toContain(message);
  });

  it('is searched for at most one field below', async () => {
    expect(await messageOf('{ transactions { totalCount } }')).toBe(
      'Cannot query field "totalCount" on type "TransactionConnection".',
    );
  });
});

describe('a word of bitcoind or an explorer', () => {
  it.each([
    ['{ transactions { nodes { vin { index } } } }', 'Here it is called inputs.'],
    ['{ transactions { nodes { vout { n } } } }', 'Here it is called outputs.'],
    ['{ transactions { nodes { outputs { scriptPubKey } } } }', 'Here it is called lockingScript.'],
    ['{ transactions { nodes { outputs { scriptpubkey } } } }', 'Here it is called lockingScript.'],
    ['{ transactions { nodes { inputs { txid } } } }', 'Here it is called previousTxid.'],
    ['{ transactions { nodes { blockHeight } } }', 'Here it is called block { height }.'],
    ['{ mempool { total_fee } }', 'Here it is called fees.'],
    [`{ address(address: "${ADDRESS}") { utxos { value } } }`, 'Here it is called unspentOutputs.'],
    ['{ tx(txid: "a") { hex } }', 'Here it is called transaction.'],
    ['mutation { sendrawtransaction(hex: "00") }', 'Here it is called broadcastTransaction.'],
    [filtered('{ height: { from: 5 } }'), 'Here it is called block.'],
    [filtered('{ outputs: [{ scriptPubKey: "00" }] }'), 'Here it is called lockingScript.'],
  ])('in %s is answered with ours', async (query, message) => {
    expect(await messageOf(query)).toContain(message);
  });

  it('in a variable is answered with ours', async () => {
    const query = 'query ($f: TransactionFilter) { transactions(filter: $f) { nodes { txid } } }';
    const message = await messageOf(query, { f: { height: { from: 5 } } });
    expect(message).toContain('Here it is called block. "TransactionFilter" is an object with');
  });

  it('is never translated into something that the schema does not have, nor is it a word of the schema', () => {
    const schema = buildASTSchema(parse(readTypeDefs()));
    const fieldsOf = (type: GraphQLNamedType | undefined) =>
      isObjectType(type) || isInputObjectType(type) ? type.getFields() : {};
    for (const [name, words] of Object.entries(FOREIGN_WORDS)) {
      for (const [word, way] of Object.entries(words)) {
        const start = schema.getType(name);
        expect(Object.keys(fieldsOf(start)), `${name}.${word}`).not.toContain(word);
        way.split('.').reduce((type, field) => {
          expect(Object.keys(fieldsOf(type)), `${name}.${way}`).toContain(field);
          return getNamedType(fieldsOf(type)[field]!.type);
        }, start!);
      }
    }
  });
});

describe('a member that belongs to another object', () => {
  it.each([
    [filtered('{ value: { gte: 5 } }'), 'It is a member of "outputs" and "inputs".'],
    [filtered('{ pushes: [{ index: 0 }] }'), 'It is a member of "data".'],
    ['{ blocks(filter: { from: 5 }) { nodes { hash } } }', 'It is a member of "height" and "time".'],
  ])('in %s is answered with its places', async (query, message) => {
    expect(await messageOf(query)).toContain(message);
  });

  it('is answered with its places in a variable, too', async () => {
    const query = 'query ($f: BlockFilter) { blocks(filter: $f) { nodes { hash } } }';
    expect(await messageOf(query, { f: { from: 5 } })).toContain('It is a member of "height" and "time".');
  });
});

describe('an unknown field at the root', () => {
  it.each([
    ['subscription { mempool { count } }', 'It has transactions, blocks and address.'],
    ['mutation { send(raw: "00") }', 'It has broadcastTransaction and broadcastPackage.'],
  ])('in %s is answered with those that exist', async (query, message) => {
    expect(await messageOf(query)).toContain(message);
  });
});

describe('a value that an enum does not have', () => {
  const values = '"Order" is one of NEWEST_FIRST, OLDEST_FIRST.';

  it.each(['DESC', '"DESC"', '5'])('%s is answered with the values of the enum', async (value) => {
    expect(await messageOf(`{ blocks(order: ${value}) { nodes { hash } } }`)).toContain(values);
  });

  it.each(['DESC', 5])('as a variable, %j, is answered with the values of the enum', async (value) => {
    const query = 'query ($o: Order!) { blocks(order: $o) { nodes { hash } } }';
    expect(await messageOf(query, { o: value })).toContain(values);
  });
});

describe('an argument that does not exist', () => {
  it.each([
    ['{ transactions(limit: 5) { nodes { txid } } }', 'It takes filter, scan, order, first, after, last and before.'],
    [`{ transactions(address: "${ADDRESS}") { nodes { txid } } }`, `write filter: { address: "${ADDRESS}" }`],
    ['{ transactions(block: { from: 5 }) { nodes { txid } } }', 'write filter: { block: {from: 5} }'],
    ['{ blocks(limit: 1) { nodes { hash } } }', 'It takes filter, order, first, after, last and before.'],
    ['{ chain(network: "btc") { network } }', 'It takes none.'],
  ])('%s is answered with those that exist', async (query, message) => {
    expect(await messageOf(query)).toContain(message);
  });
});

describe('a cursor of another kind', () => {
  const pageCursor = async (field: string) => {
    const { data } = await post(gateway.url, `{ list: ${field} { pageInfo { endCursor } } }`);
    return data.list.pageInfo.endCursor as string;
  };
  /** A cursor as the log has them: the demo has no node, so it has no events. */
  const EVENT_CURSOR = encodeEventCursor(endOfEvent(endOf({ epoch: 1, counter: 1 }), { mark: 1 }));

  it.each(['transactions', 'blocks', `address(address: "${ADDRESS}") { list: transactions`])(
    'of an event is named as such by %s',
    async (field) => {
      for (const name of ['after', 'before']) {
        const close = field.includes('{') ? '}' : '';
        const query = `{ ${field}(${name}: "${EVENT_CURSOR}") { nodes { __typename } } ${close} }`;
        const { errors } = await post(gateway.url, query);
        expect(errors![0]!.extensions.code).toBe('BAD_CURSOR');
        expect(errors![0]!.message).toContain('This is the cursor of an event');
        expect(errors![0]!.message).toContain('`after` of a subscription');
      }
    },
  );

  it.each(['transactions(first: 1)', 'blocks(first: 1)'])(
    'of a page of %s is named by a subscription',
    async (field) => {
      const cursor = await pageCursor(field);
      for (const subscription of ['blocks(after: $c) { kind }', 'transactions(after: $c) { kind }']) {
        const client = new EventSourceClient(
          `${gateway.url}/graphql`,
          `subscription ($c: EventCursor) { ${subscription} }`,
          {
            variables: { c: cursor },
          },
        );
        await client.ended;
        const [error] = client.notices[0]!.errors as { message: string; extensions: { code: string } }[];
        expect(error!.extensions.code).toBe('BAD_CURSOR');
        expect(error!.message).toContain('This is the cursor of a page');
        expect(error!.message).toContain('`chain { cursor }`');
      }
    },
  );

  it.each([
    ['transactions(first: 1)', 'blocks'],
    ['blocks(first: 1)', 'transactions'],
    ['transactions(first: 1)', 'transactions(order: OLDEST_FIRST'],
    ['transactions(first: 1)', 'transactions(filter: { coinbase: true }'],
  ])('of a page of %s is named as one of another list by %s', async (from, to) => {
    const cursor = await pageCursor(from);
    const query = `{ ${to.includes('(') ? `${to}, ` : `${to}(`}after: "${cursor}") { nodes { __typename } } }`;
    const { errors } = await post(gateway.url, query);
    expect(errors![0]!.extensions.code).toBe('BAD_CURSOR');
    expect(errors![0]!.message).toContain('another list');
    expect(errors![0]!.message).toContain('same field, filter and order');
  });

  it.each(['', 'bm8gY3Vyc29y', TXID, '12'])('is not recognised if it is %j', async (text) => {
    const { errors } = await post(gateway.url, `{ transactions(after: "${text}") { nodes { txid } } }`);
    expect(errors![0]!.message).toContain('This is not a cursor, or it was changed');
  });
});

describe('a scalar', () => {
  it.each([
    ['block(hash: "zz") { hash }', 'not "zz": it has 2 characters.'],
    [`block(hash: "0x${TXID}") { hash }`, 'leave out "0x".'],
    [`transaction(txid: "g${TXID.slice(1)}") { txid }`, '"g" is not a hexadecimal digit.'],
    ['transaction(txid: 12) { txid }', 'not 12: give it in quotes.'],
    ['transaction(txid: "") { txid }', 'not "": it is empty.'],
    ['testTransactions(raws: ["012"]) { txid }', 'it has an odd number of digits: 3.'],
    ['testTransactions(raws: ["0x12"]) { txid }', 'leave out "0x".'],
    ['testTransactions(raws: ["01 2"]) { txid }', '" " is not a hexadecimal digit.'],
    ['transactions(filter: { time: { from: "2015-05-20T08:04:58" } }) { nodes { txid } }', 'add its time zone'],
    ['transactions(filter: { time: { from: "2015-02-30" } }) { nodes { txid } }', 'the calendar has no such day'],
    ['transactions(filter: { time: { from: "2015-13-01" } }) { nodes { txid } }', 'the calendar has no such day'],
    ['transactions(filter: { time: { from: "1432109098" } }) { nodes { txid } }', 'give it without quotes'],
    ['transactions(filter: { time: { from: "1960-01-01" } }) { nodes { txid } }', 'it is before 1970'],
    ['transactions(filter: { time: { from: -1 } }) { nodes { txid } }', 'it is below 0'],
    ['transactions(after: 5) { nodes { txid } }', 'not 5: give it in quotes.'],
    [`transactions(after: "${'a'.repeat(201)}") { nodes { txid } }`, 'it is too long'],
    [`transaction(txid: ["${TXID}"]) { txid }`, `not ["${TXID}"]: give one value, not a list.`],
    ['transactions(filter: { block: { from: "5" } }) { nodes { txid } }', 'Give it without quotes: write 5.'],
    ['transactions(filter: { confirmed: "true" }) { nodes { txid } }', 'Give it without quotes: write true.'],
    ['transactions(first: "10") { nodes { txid } }', 'Give it without quotes: write 10.'],
    ['transactions(filter: { address: ["a"] }) { nodes { txid } }', 'Give one value, not a list: write "a".'],
    ['transactions(first: [10, 20]) { nodes { txid } }', 'Give one value, not a list: write 10.'],
  ])('in %s is refused with a reason', async (field, message) => {
    expect(await messageOf(`{ ${field} }`)).toContain(message);
  });

  it.each([
    [{ block: { from: '5' } }, 'Give it without quotes: write 5.'],
    [{ confirmed: 'true' }, 'Give it without quotes: write true.'],
    [{ address: ['a', 'b'] }, 'Give one value, not a list: write "a".'],
    [{ txids: [[TXID]] }, 'give one value, not a list.'],
  ])('in a variable (%j) is refused with a reason', async (filter, message) => {
    const query = 'query ($f: TransactionFilter) { transactions(filter: $f) { nodes { txid } } }';
    expect(await messageOf(query, { f: filter })).toContain(message);
  });

  it.each([
    ['{ block: { from: "five" } }', 'Int cannot represent non-integer value: "five"'],
    ['{ block: { from: 5.5 } }', 'Int cannot represent non-integer value: 5.5'],
    ['{ address: 5 }', 'String cannot represent a non string value: 5'],
    ['{ address: [] }', 'String cannot represent a non string value: []'],
  ])("%s is answered with GraphQL's own message", async (filter, message) => {
    expect(await messageOf(filtered(filter))).toBe(message);
  });

  it.each([
    ['"5000"', 'give it without quotes'],
    ['0.5', 'it is not a whole number: 1 coin is 100,000,000 satoshis'],
    ['-1', 'it is below 0'],
    ['2100000000000001', 'it is too large'],
  ])('of satoshis, %s, is refused with a reason', async (amount, message) => {
    const query = `mutation { broadcastTransaction(raw: "00", maxBurnAmount: ${amount}) }`;
    expect(await messageOf(query)).toContain(message);
  });
});
