import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { RequestContext } from '../context.ts';
import type { ErrorTeller } from '../errors.ts';
import type { CompiledOperations } from './compiled-operations.ts';

/** Answers what is compiled in the place of Apollo, which leaves the errors of such answers as they are. */
export function compilationPlugin(
  operations: CompiledOperations,
  tell: ErrorTeller,
): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ document, operation, request: { variables }, contextValue }) {
          const result = await operations.execute({ document, operation, variables, contextValue });
          if (result === null) return null;
          const { data, errors } = result;
          const singleResult = errors === undefined ? { data } : { data, errors: errors.map(tell) };
          return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult } };
        },
      };
    },
  };
}
