import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../context.ts';

/** Lets go of the deadline of a request that is answered. */
export const deadlinePlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return {
      async willSendResponse({ contextValue: { deadline } }) {
        deadline?.end();
      },
    };
  },
};
