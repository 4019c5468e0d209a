import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { countIntrospection } from './limits/introspection-turns.ts';
import { refuseNulls } from './null-arguments.ts';
import { RESOLVERS } from './resolvers.ts';
import { readTypeDefs } from './type-defs.ts';

/** The public contract with what answers it. */
export function createSchema(): GraphQLSchema {
  const schema = makeExecutableSchema({ typeDefs: readTypeDefs(), resolvers: RESOLVERS });
  countIntrospection(schema);
  refuseNulls(schema);
  return schema;
}
