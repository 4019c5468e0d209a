import { type GraphQLSchema, isEnumType, isInputObjectType, isObjectType } from 'graphql';

/**
 * The lengths of the lists that introspection shows, by the names of the fields: of the whole schema, or what its types have
 * on the average, rounded up. A query of the whole schema so costs a little more than what it is answered.
 */
export function introspectionSizes(schema: GraphQLSchema): ReadonlyMap<string, number> {
  const types = Object.values(schema.getTypeMap());
  const fields = types.filter(isObjectType).map((type) => Object.values(type.getFields()));
  return new Map([
    ['types', types.length],
    ['directives', schema.getDirectives().length],
    ['fields', average(fields)],
    ['args', average(fields.flat().map(({ args }) => args))],
    ['enumValues', average(types.filter(isEnumType).map((type) => type.getValues()))],
    ['inputFields', average(types.filter(isInputObjectType).map((type) => Object.values(type.getFields())))],
  ]);
}

function average(lists: readonly (readonly unknown[])[]): number {
  return Math.ceil(lists.flat().length / Math.max(1, lists.length));
}
