import { makeExecutableSchema } from '@graphql-tools/schema';
import {
  type GraphQLField,
  type GraphQLSchema,
  getNullableType,
  isIntrospectionType,
  isListType,
  isObjectType,
} from 'graphql';
import { RequestContext } from '../resolvers/context.ts';
import { RESOLVERS } from '../resolvers/resolvers.ts';
import { refuseNulls } from './null-arguments.ts';
import { readTypeDefs } from './type-defs.ts';

/** The public contract with the resolvers that answer it. */
export function createSchema(): GraphQLSchema {
  const schema = makeExecutableSchema({ typeDefs: readTypeDefs(), resolvers: RESOLVERS });
  countIntrospection(schema);
  refuseNulls(schema);
  return schema;
}

/** Fields that are counted already: graphql-js has one set of introspection types for all schemas of a process. */
const counted = new WeakSet<GraphQLField<unknown, unknown>>();

/** Counts the lists of introspection like those of the chain, so that others get their turn and the deadline holds. */
function countIntrospection(schema: GraphQLSchema): void {
  const types = Object.values(schema.getTypeMap()).filter(isIntrospectionType);
  for (const field of types.filter(isObjectType).flatMap((type) => Object.values(type.getFields()))) {
    if (isListType(getNullableType(field.type)) && !counted.has(field)) count(field);
  }
}

function count(field: GraphQLField<unknown, unknown>): void {
  counted.add(field);
  const { resolve } = field;
  field.resolve = (source, args, context, info) => {
    const list: unknown = resolve?.(source, args, context, info);
    return context instanceof RequestContext && Array.isArray(list) ? context.list(list, info) : list;
  };
}
