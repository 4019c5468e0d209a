import {
  type GraphQLField,
  type GraphQLSchema,
  getNullableType,
  isIntrospectionType,
  isListType,
  isObjectType,
} from 'graphql';
import { RequestContext } from '../resolvers/context.ts';

/** graphql-js has one set of introspection types for all schemas of a process. */
const counted = new WeakSet<GraphQLField<unknown, unknown>>();

/** Has the lists of introspection counted as those of the chain are, so that others have their turn and the deadline holds. */
export function countIntrospection(schema: GraphQLSchema): void {
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
