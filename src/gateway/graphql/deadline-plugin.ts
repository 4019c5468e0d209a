import type { ApolloServerPlugin, GraphQLResponse } from '@apollo/server';
import type { RequestContext } from '../resolvers/context.ts';
import type { ErrorTeller } from './errors.ts';
import { HTTP_STATUS } from './http-status.ts';

/** Lets go of the deadline of a request that is answered. Large answers are written down one by one. */
export function deadlinePlugin(tell: ErrorTeller): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response, contextValue: { deadline, answer, lane } }) {
          if (answer.isLarge) {
            await lane.next();
            if (deadline?.signal.aborted) replace(response, tell(deadline.signal.reason));
          }
          deadline?.end();
        },
      };
    },
  };
}

/** Its turn came too late: it is not worth while any more to write it down. */
function replace(response: GraphQLResponse, error: ReturnType<ErrorTeller>): void {
  response.http.status = HTTP_STATUS.TIMEOUT;
  response.body = { kind: 'single', singleResult: { errors: [error] } };
}
