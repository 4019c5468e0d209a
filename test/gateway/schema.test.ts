import { readFileSync } from 'node:fs';
import {
  buildSchema,
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLNamedType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isIntrospectionType,
  isListType,
  isObjectType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { generateResolverTypes, RESOLVER_TYPES } from '../../scripts/codegen.ts';
import { readTypeDefs } from '../../src/gateway/graphql/type-defs.ts';
import { RESOLVERS } from '../../src/gateway/resolvers/resolvers.ts';

const schema = buildSchema(readTypeDefs());
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !isIntrospectionType(type) && !isSpecifiedScalarType(type),
);

/** Lists without pages: why each is short, or counted against the size of the answer. */
const BOUNDED_LISTS: Readonly<Record<string, string>> = {
  'Chain.coverage': 'one range for each stretch that was indexed',
  'Chain.indexes': 'one for each family of postings',
  'SearchIndex.coverage': 'one range for each stretch that was filled in',
  'Chain.split': 'one tip for each branch of the last blocks',
  'Mempool.histogram': 'one range for each step of the fee rate',
  'Transaction.conflicts': 'counted, and at most 100',
  'Input.witness': 'counted',
  'AddressEvent.addresses': 'some of those that were asked for, at most 1,000',
  'Data.pushes': 'counted',
  'BalanceHistory.edges': 'a page, of at most 1,000 periods',
  'BalanceHistory.nodes': 'as above',
  'Query.addresses': 'one for each that is given, at most 1,000',
  'Query.transactionsByIds': 'one for each that is given, at most 1,000',
  'Wallet.addresses': 'counted, and at most 1,000',
  'Wallet.chains': 'at most 10',
  'TransactionPlan.steps': 'at most 100',
  'TransactionPlan.conditions': 'at most 100',
  'PlanRefusal.add': 'three',
  'Query.testTransactions': 'one for each that is given, at most 25',
  'FeeEstimates.projected': 'one for each target, at most 25',
  'NodeFeeEstimates.estimates': 'one for each target, at most 25',
  'NodeFeeEstimate.errors': 'at most 10',
  'PackageBroadcast.transactions': 'one for each that is given, at most 25',
  'PackageBroadcast.replaced': 'what 25 transactions may replace, by the policy of the node',
};

function parts(type: GraphQLNamedType): { path: string; description: string | null | undefined }[] {
  const own = { path: type.name, description: type.description };
  if (isEnumType(type))
    return [own, ...type.getValues().map(({ name, description }) => ({ path: `${type.name}.${name}`, description }))];
  if (!isObjectType(type) && !isInputObjectType(type)) return [own];
  return [
    own,
    ...Object.values(type.getFields()).flatMap((field) => {
      const path = `${type.name}.${field.name}`;
      const args: readonly GraphQLArgument[] = 'args' in field ? field.args : [];
      return [
        { path, description: field.description },
        ...args.map(({ name, description }) => ({ path: `${path}(${name})`, description })),
      ];
    }),
  ];
}

function isList({ type }: GraphQLField<unknown, unknown>): boolean {
  return isListType(getNullableType(type));
}

const fields = types
  .filter(isObjectType)
  .flatMap((type) =>
    Object.values(type.getFields()).map((field) => ({ type, field, path: `${type.name}.${field.name}` })),
  );

describe('the schema', () => {
  it('describes every type, field, argument, enum value and input field', () => {
    const silent = types.flatMap(parts).filter(({ description }) => !description);
    expect(silent.map(({ path }) => path)).toEqual([]);
  });

  it('has only lists that are pages, have `first`, or are bounded otherwise', () => {
    const lists = fields.filter(({ field }) => isList(field));
    const open = lists.filter(
      ({ type, field, path }) =>
        !type.name.endsWith('Connection') &&
        !field.args.some(({ name }) => name === 'first') &&
        !(path in BOUNDED_LISTS),
    );
    expect(open.map(({ path }) => path)).toEqual([]);
    expect(lists.map(({ path }) => path)).toEqual(expect.arrayContaining(Object.keys(BOUNDED_LISTS)));
  });

  it('gives every connection the same arguments and fields', () => {
    const connections = fields.filter(({ field }) => getNamedType(field.type).name.endsWith('Connection'));
    expect(connections.length).toBeGreaterThan(3);
    for (const { field } of connections) {
      expect(field.args.map(({ name }) => name)).toEqual(expect.arrayContaining(['first', 'after', 'last', 'before']));
      const connection = getNamedType(field.type);
      expect(isObjectType(connection) && Object.keys(connection.getFields())).toEqual(['edges', 'nodes', 'pageInfo']);
    }
  });

  it("is the source of the resolvers' generated types", async () => {
    expect(readFileSync(RESOLVER_TYPES, 'utf8'), 'run `npm run codegen`').toBe(await generateResolverTypes());
  });

  it('has a resolver for every scalar of its own, and no other resolver', () => {
    const names = Object.keys(RESOLVERS);
    expect(names.filter((name) => schema.getType(name) === undefined)).toEqual([]);
    const scalars = types.filter((type) => type.astNode?.kind === 'ScalarTypeDefinition');
    expect(names).toEqual(expect.arrayContaining(scalars.map(({ name }) => name)));
  });
});
