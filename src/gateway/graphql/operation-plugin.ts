import type { ApolloServerPlugin } from '@apollo/server';
import { GraphQLError } from 'graphql';
import type { RequestContext } from '../resolvers/context.ts';

const ADVICE =
  'A subscription has many results: request server-sent events with the header "accept: text/event-stream", or connect over ' +
  'WebSocket (graphql-transport-ws), at the same URL.';

/**
 * Refuses subscriptions: sent as a plain request, Apollo would answer one with an empty success. And mutations of who may not
 * change anything.
 */
export const operationPlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async didResolveOperation({ operation, contextValue }) {
        if (operation?.operation === 'mutation' && contextValue.readOnly !== null) throw contextValue.readOnly;
        if (operation?.operation !== 'subscription') return;
        throw new GraphQLError(ADVICE, {
          nodes: [operation],
          extensions: { code: 'BAD_REQUEST', http: { status: 400 } },
        });
      },
    };
  },
};
