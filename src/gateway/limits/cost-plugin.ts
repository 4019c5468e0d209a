import type { ApolloServerPlugin } from '@apollo/server';
import type { RequestContext } from '../context.ts';
import type { Pricing } from './pricing.ts';

/** The price of a request, in its answer. */
export const COST_HEADER = 'x-query-cost';

/** Charges a request before it runs, and says in its answer what it cost. */
export function costPlugin(pricing: Pricing): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async didResolveOperation({ document, operation, request, contextValue: { bill } }) {
          if (operation === undefined || operation.operation === 'subscription') return;
          await bill.charge(pricing.quote(document, operation, request.variables));
        },
        async willSendResponse({ response, contextValue: { bill, used } }) {
          bill.chargeLeast();
          bill.settle(used);
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
