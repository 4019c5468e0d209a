import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  parse,
} from 'graphql';
import { makeServer, type Server } from 'graphql-ws';
import type { OpenSubscriptions } from '../operation/open-subscriptions.ts';
import type { Operations } from './operations.ts';
import { type Delivery, ResultStream } from './result-stream.ts';

type Answer = FormattedExecutionResult | ResultStream;

/** The library looks at an operation only to tell which kind it is of: ours are open already when it does. */
const A_QUERY = parse('{ __typename }');
const A_SUBSCRIPTION = parse('subscription { __typename }');

/** The protocol graphql-transport-ws, for operations of all kinds. */
export function graphqlOverWebSocket(operations: Operations, subscriptions: OpenSubscriptions): Server<unknown> {
  return makeServer({
    async onSubscribe(_, __, { query, variables, operationName }) {
      const request = { query, variables: variables ?? {}, operationName: operationName ?? undefined };
      const answer = await operations.open({ ...request, lastEventId: null, isReadOnly: false });
      if (isRefusal(answer)) return answer.errors!.map((error) => new ToldError(error));
      if (answer instanceof ResultStream) subscriptions.add(answer, 'websocket');
      const document = answer instanceof ResultStream ? A_SUBSCRIPTION : A_QUERY;
      return { schema: operations.schema, document, rootValue: answer };
    },
    execute: ({ rootValue }: ExecutionArgs) => rootValue as never,
    subscribe: ({ rootValue }: ExecutionArgs) => rootValue as never,
    onNext: (_, __, ___, ____, result) =>
      ('cursor' in result ? (result as unknown as Delivery).result : result) as never,
    onError: (_, __, ___, errors) => errors.map((error) => told(error, operations)),
  });
}

/** Whether it could not even begin. */
function isRefusal(answer: Answer): answer is FormattedExecutionResult {
  return !(answer instanceof ResultStream) && answer.data === undefined && answer.errors !== undefined;
}

function told(error: { toJSON?(): GraphQLFormattedError }, operations: Operations): GraphQLFormattedError {
  if (error instanceof ToldError) return error.formatted;
  return operations.tell(error instanceof GraphQLError ? (error.originalError ?? error) : error);
}

/** An error in the words that its reader gets. */
class ToldError extends GraphQLError {
  readonly formatted: GraphQLFormattedError;

  constructor(formatted: GraphQLFormattedError) {
    super(formatted.message);
    this.formatted = formatted;
  }
}
