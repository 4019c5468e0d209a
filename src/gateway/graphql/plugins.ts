import type { ApolloServerPlugin, GraphQLRequestContextWillSendResponse, GraphQLResponse } from '@apollo/server';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { counted } from '../../counted.ts';
import { errorCode } from '../../errors.ts';
import type { Pricing } from '../cost/pricing.ts';
import { chainExtension } from '../observe/chain-status.ts';
import type { GatewayObserver } from '../observe/observer.ts';
import { currentRequest } from '../observe/request-scope.ts';
import { describeOperation } from '../observe/tracing.ts';
import { coerceVariables } from '../requests/variables.ts';
import type { RequestContext } from '../resolvers/context.ts';
import type { ShowError } from './errors.ts';
import { HTTP_STATUS, statusOf } from './http-status.ts';

const ADVICE =
  'A subscription has many results: request server-sent events with the header "accept: text/event-stream", or connect over ' +
  'WebSocket (graphql-transport-ws), at the same URL.';

/**
 * Refuses subscriptions, which Apollo would answer with an empty success if they come as a plain request, and mutations of
 * callers that may not change anything.
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

/** The price of a request, in its answer. */
export const COST_HEADER = 'x-query-cost';

/** Charges a request before it runs, and reports the cost in the answer. An answer that its caller cannot pay is withheld. */
export function costPlugin(pricing: Pricing, showError: ShowError): ApolloServerPlugin<RequestContext> {
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
          await bill.settle().catch((refusal: unknown) => refuse(response, showError, refusal));
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

function refuse(response: GraphQLResponse, showError: ShowError, refusal: unknown): void {
  const code = errorCode(refusal);
  response.http.status = code === undefined ? 500 : HTTP_STATUS[code];
  response.body = { kind: 'single', singleResult: { errors: [showError(refusal)] } };
}

/**
 * Ends the deadline of a request that is answered. Large answers wait for a turn before they are serialised, one after the
 * other.
 */
export function deadlinePlugin(showError: ShowError): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async willSendResponse({ response, contextValue: { deadline, answer, lane } }) {
          if (answer.isLarge) {
            await lane.next();
            if (deadline?.signal.aborted) replace(response, showError(deadline.signal.reason));
          }
          deadline?.end();
        },
      };
    },
  };
}

/** Its turn came too late: serialising the answer would be wasted. */
function replace(response: GraphQLResponse, error: ReturnType<ShowError>): void {
  response.http.status = HTTP_STATUS.TIMEOUT;
  response.body = { kind: 'single', singleResult: { errors: [error] } };
}

type Data = Readonly<Record<string, unknown>> | null | undefined;

/** Further errors repeat the same for other fields. */
const MAX_ERRORS = 20;

/** Completes an answer: the chain it was read from, a bounded number of errors, and a fitting HTTP status. */
export const responsePlugin: ApolloServerPlugin<RequestContext> = {
  async requestDidStart() {
    return { willSendResponse: complete };
  },
};

async function complete({
  response,
  contextValue,
}: GraphQLRequestContextWillSendResponse<RequestContext>): Promise<void> {
  if (response.body.kind !== 'single') return;
  const result = response.body.singleResult;
  const { errors } = result;
  if (errors !== undefined && isNothing(result.data, errors)) {
    response.http.status = statusOf(String(errors[0]?.extensions?.code));
  } else if (errors?.some(isTimeout)) {
    // A part of the answer is there, but the status lets proxies and clients retry.
    response.http.status = HTTP_STATUS.TIMEOUT;
  }
  if (errors !== undefined) result.errors = shortened(errors);
  if (result.data !== undefined) await addChain(result, contextValue);
}

/** Every answer says how fresh and how complete it is, if possible also one that read nothing, and which blocks `at` read. */
async function addChain(result: { extensions?: Record<string, unknown> }, context: RequestContext): Promise<void> {
  const { readers } = context;
  const reader = await readers.openPresent().catch(() => null);
  if (reader === null) return;
  const { blocks } = readers;
  const at = Object.keys(blocks).length === 0 ? {} : { at: blocks };
  result.extensions = { ...result.extensions, ...chainExtension(reader.snapshot), ...at };
}

/** Whether no field at the root has an answer. A field that is null without an error has one. */
function isNothing(data: Data, errors: readonly GraphQLFormattedError[]): boolean {
  const failed = new Set(errors.map(({ path }) => path?.[0]));
  return Object.entries(data ?? {}).every(([name, value]) => value === null && failed.has(name));
}

function isTimeout({ extensions }: GraphQLFormattedError): boolean {
  return extensions?.code === 'TIMEOUT';
}

function shortened(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  if (errors.length <= MAX_ERRORS) return errors;
  const left = errors.length - MAX_ERRORS;
  const last = errors[MAX_ERRORS]!;
  return [
    ...errors.slice(0, MAX_ERRORS),
    { ...last, message: `${counted(left, 'more error')}, the first is: ${last.message}` },
  ];
}

const INTERNAL = 'INTERNAL_SERVER_ERROR';

/** Reports what Apollo answers to the observer, over any transport. */
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

/** Reports a request that was refused before it was parsed as an operation. */
export function observeRefusal(observer: GatewayObserver, outcome: string): void {
  const transport = currentRequest()?.transport ?? 'http';
  observer.answered({ transport, outcome, operation: null, seconds: null, cost: null });
}

function outcomeOf({ body }: GraphQLResponse): string {
  const error = body.kind === 'single' ? body.singleResult.errors?.[0] : undefined;
  return error === undefined ? 'OK' : String(error.extensions?.code ?? INTERNAL);
}
