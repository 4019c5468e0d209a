import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { RequestContext } from './context.ts';

/** Refuses what is no query: sent as a plain request, Apollo would answer a subscription with an empty success. */
export const operationPlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation }) {
        if (operation === undefined || operation.operation === 'query') return;
        throw new GraphQLError(`A ${operation.operation} is not answered here: send a query.`, {
          nodes: [operation],
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        });
      },
    };
  },
};
