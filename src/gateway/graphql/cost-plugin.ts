import type { ApolloServerPlugin, GraphQLResponse } from '@apollo/server';
import { errorCode } from '../../errors.ts';
import type { Pricing } from '../cost/pricing.ts';
import { coerceVariables } from '../requests/variables.ts';
import type { RequestContext } from '../resolvers/context.ts';
import type { ErrorTeller } from './errors.ts';
import { HTTP_STATUS } from './http-status.ts';

/** The price of a request, in its answer. */
export const COST_HEADER = 'x-query-cost';

/** Charges a request before it runs, and says in its answer what it cost. Whose bill is not paid, is not answered. */
export function costPlugin(pricing: Pricing, tell: ErrorTeller): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ schema, document, operation, request, contextValue: { bill } }) {
          if (operation === undefined || operation.operation === 'subscription') return;
          const { coerced, error } = coerceVariables(schema, operation, request.variables ?? {});
          if (error !== null) throw error;
          await bill.charge(pricing.quote(document, operation, coerced));
        },
        async willSendResponse({ response, contextValue: { bill } }) {
          await bill.settle().catch((refusal: unknown) => refuse(response, tell, refusal));
          const { cost } = bill;
          if (cost === null || response.body.kind !== 'single') return;
          response.http.headers.set(COST_HEADER, String(cost.requested));
          const { singleResult } = response.body;
          singleResult.extensions = { ...singleResult.extensions, cost };
        },
      };
    },
  };
}

function refuse(response: GraphQLResponse, tell: ErrorTeller, refusal: unknown): void {
  const code = errorCode(refusal);
  response.http.status = code === undefined ? 500 : HTTP_STATUS[code];
  response.body = { kind: 'single', singleResult: { errors: [tell(refusal)] } };
}
