import type { GraphQLFieldResolver } from 'graphql';

/**
 * Has a field reject where it would throw. Where an item of a list throws at once, GraphQL forgets what other items wait for: whatever
 * of that fails later would end the process.
 */
export function rejecting<S, C>(resolve: GraphQLFieldResolver<S, C>): GraphQLFieldResolver<S, C> {
  return (source, args, context, info) => {
    try {
      return resolve(source, args, context, info);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}
