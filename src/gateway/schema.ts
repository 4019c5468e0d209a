import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { RESOLVERS } from './resolvers.ts';
import { readTypeDefs } from './type-defs.ts';

/** The public contract with what answers it. */
export function createSchema(): GraphQLSchema {
  return makeExecutableSchema({ typeDefs: readTypeDefs(), resolvers: RESOLVERS });
}
