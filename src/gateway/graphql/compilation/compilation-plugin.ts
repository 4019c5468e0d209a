import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { OperationDefinitionNode } from 'graphql';
import type { RequestContext } from '../../resolvers/context.ts';
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
          // Whatever its type says, there is none where the query has several and names none of them.
          if ((operation as OperationDefinitionNode | undefined) === undefined) return null;
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
