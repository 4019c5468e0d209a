import { makeExecutableSchema } from '@graphql-tools/schema';
import type { GraphQLSchema } from 'graphql';
import { RESOLVERS } from '../resolvers/resolvers.ts';
import { countIntrospection } from './introspection-turns.ts';
import { refuseNulls } from './null-arguments.ts';
import { readTypeDefs } from './type-defs.ts';

/** The public contract with what answers it. */
export function createSchema(): GraphQLSchema {
  const schema = makeExecutableSchema({ typeDefs: readTypeDefs(), resolvers: RESOLVERS });
  countIntrospection(schema);
  refuseNulls(schema);
  return schema;
}
