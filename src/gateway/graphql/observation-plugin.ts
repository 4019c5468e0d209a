import type { ApolloServerPlugin, GraphQLResponse } from '@apollo/server';
import { errorCode } from '../../errors.ts';
import type { GatewayObserver } from '../observe/observer.ts';
import { currentRequest } from '../observe/request-scope.ts';
import { describeOperation } from '../observe/tracing.ts';
import type { RequestContext } from '../resolvers/context.ts';

const INTERNAL = 'INTERNAL_SERVER_ERROR';

/** Lets be noticed what Apollo answers, over any transport. */
export function observationPlugin(observer: GatewayObserver): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      const begun = performance.now();
      return {
        async willSendResponse({ response, operation, operationName, contextValue }) {
          const outcome = outcomeOf(response);
          describeOperation(operation?.operation, operationName ?? null, outcome);
          observer.answered({
            transport: currentRequest()?.transport ?? 'http',
            outcome,
            operation: operationName ?? null,
            seconds: (performance.now() - begun) / 1_000,
            cost: contextValue.bill.cost?.charged ?? null,
          });
        },
      };
    },
    async invalidRequestWasReceived() {
      observeRefusal(observer, 'BAD_REQUEST');
    },
    async contextCreationDidFail({ error }) {
      observeRefusal(observer, errorCode(error) ?? INTERNAL);
    },
    async unexpectedErrorProcessingRequest() {
      observeRefusal(observer, INTERNAL);
    },
  };
}

/** What was refused before it was looked at as an operation. */
export function observeRefusal(observer: GatewayObserver, outcome: string): void {
  const transport = currentRequest()?.transport ?? 'http';
  observer.answered({ transport, outcome, operation: null, seconds: null, cost: null });
}

function outcomeOf({ body }: GraphQLResponse): string {
  const error = body.kind === 'single' ? body.singleResult.errors?.[0] : undefined;
  return error === undefined ? 'OK' : String(error.extensions?.code ?? INTERNAL);
}
