import { makeExecutableSchema } from '@graphql-tools/schema';
import { type GraphQLSchema, isIntrospectionType, isObjectType } from 'graphql';
import { countIntrospection } from './limits/introspection-turns.ts';
import { rejecting } from './rejections.ts';
import { RESOLVERS } from './resolvers.ts';
import { readTypeDefs } from './type-defs.ts';

/** The public contract with what answers it. */
export function createSchema(): GraphQLSchema {
  const schema = makeExecutableSchema({ typeDefs: readTypeDefs(), resolvers: RESOLVERS });
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || isIntrospectionType(type)) continue;
    for (const field of Object.values(type.getFields())) if (field.resolve) field.resolve = rejecting(field.resolve);
  }
  countIntrospection(schema);
  return schema;
}
