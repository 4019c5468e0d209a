import type { IncomingMessage } from 'node:http';
import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
  parse,
} from 'graphql';
import { makeServer, type Server, type SubscribePayload } from 'graphql-ws';
import { BitqlError, errorCode } from '../../errors.ts';
import type { Admission } from '../../origin-policy.ts';
import type { Caller } from '../callers/caller.ts';
import type { Callers } from '../callers/callers.ts';
import { Bill } from '../cost/bill.ts';
import { WrittenAnswer } from '../graphql/written-answer.ts';
import type { OpenSubscriptions } from '../observe/gateway-status.ts';
import { type PersistedQueries, queryTextOf } from '../requests/persisted-queries.ts';
import { type AskedQuery, parametersIn } from '../requests/request-parameters.ts';
import type { Answer, Operations } from './operations.ts';
import { type Delivery, ResultStream } from './result-stream.ts';
import type { OpenStreams, OperationIds } from './socket-operations.ts';

/** The state of a connection. */
export interface SocketExtra {
  /** The handshake. */
  readonly request: IncomingMessage;
  /** Who pays for its messages: its address, until it authenticates. Null if callers are not distinguished. */
  caller: Caller | null;
  /**
   * Whether it is counted among its caller's connections. One that authenticates may exceed the number for its address before
   * that.
   */
  isCounted: boolean;
  /** Its operations that are not over. */
  readonly operationIds: OperationIds;
  /** Its subscriptions. */
  readonly streams: OpenStreams;
  end(code: number, reason: string): void;
  /** Resolves when it is sent, or cannot be sent any more. */
  send(message: string | Buffer): Promise<void>;
  /** Null if all origins may do everything. */
  readonly admission: Admission | null;
}

/** Close codes: of the protocol, and of RFC 6455. */
const FORBIDDEN = 4403;
const TRY_AGAIN_LATER = 1013;
/** How long a connection may take to authenticate: a busy machine reads the message late. */
const INTRODUCTION_MS = 10_000;
/** Of one connection. */
const MAX_OPERATIONS = 1_000;
/** Of an operation's id, in characters: each of its results repeats it. */
const MAX_ID = 128;

/** The library looks at an operation only for its kind: ours are open already when it does. */
const A_QUERY = parse('{ __typename }');
const A_SUBSCRIPTION = parse('subscription { __typename }');

/** The protocol graphql-transport-ws, for operations of all kinds. */
export function graphqlOverWebSocket(
  operations: Operations,
  subscriptions: OpenSubscriptions,
  callers: Callers | null,
  persisted: PersistedQueries,
): Server<SocketExtra> {
  const gone = new WeakSet<SocketExtra>();
  return makeServer<{ authorization?: unknown }, SocketExtra>({
    connectionInitWaitTimeout: INTRODUCTION_MS,
    async onConnect({ connectionParams, extra }) {
      if (callers === null) return true;
      const { authorization } = connectionParams ?? {};
      const given = typeof authorization === 'string' ? authorization : undefined;
      const caller = await callers.identify(extra.request, given).catch((error) => refuseCaller(error, extra));
      if (caller === null || gone.has(extra)) return false;
      return countFor(caller, extra);
    },
    onClose({ extra }) {
      gone.add(extra);
      if (extra.isCounted) extra.caller?.connections.free();
    },
    async onSubscribe({ extra }, id, payload) {
      if (id.length > MAX_ID) return [new ShownError(operations.showError(longId()))];
      if (extra.operationIds.size > MAX_OPERATIONS) return [new ShownError(operations.showError(tooMany()))];
      const { caller, admission } = extra;
      const bill = new Bill(caller?.account ?? null);
      const answer = await bill
        .begin()
        .then(() => askedBy(payload, persisted))
        .then((asked) =>
          operations.open({ ...asked, lastEventId: null, readOnly: admission?.readOnly ?? null, caller, bill }),
        )
        .catch((error: unknown) => ({ errors: [operations.showError(error)] }));
      if (isRefusal(answer)) return answer.errors!.map((error) => new ShownError(error));
      if (answer instanceof WrittenAnswer) {
        await extra.send(messageOf(id, answer));
        return { schema: operations.schema, document: A_SUBSCRIPTION, rootValue: nothingMore() };
      }
      if (answer instanceof ResultStream) {
        subscriptions.add(answer, 'websocket');
        extra.streams.add(id, answer);
        void extra.send(extra.streams.ping()!);
      }
      const document = answer instanceof ResultStream ? A_SUBSCRIPTION : A_QUERY;
      return { schema: operations.schema, document, rootValue: answer };
    },
    execute: ({ rootValue }: ExecutionArgs) => rootValue as never,
    subscribe: ({ rootValue }: ExecutionArgs) => rootValue as never,
    // biome-ignore lint/complexity/useMaxParams: graphql-ws gives the result as the fifth one.
    onNext: (_, __, ___, ____, result) =>
      ('cursor' in result ? (result as unknown as Delivery).result : result) as never,
    onError: ({ extra }, id, _, errors) => {
      extra.operationIds.complete(id);
      return errors.map((error) => shown(error, operations));
    },
    onComplete: ({ extra }, id) => extra.operationIds.complete(id),
  });
}

/** @throws BAD_QUERY; GraphQLError */
function askedBy(payload: SubscribePayload, persisted: PersistedQueries): AskedQuery {
  const parameters = parametersIn({ ...payload }, (name) => payload[name as keyof SubscribePayload]);
  return { ...parameters, query: queryTextOf(parameters, persisted) };
}

/** Counts a connection among those of its caller. @returns whether there may be one more */
function countFor(caller: Caller, extra: SocketExtra): boolean {
  if (caller === extra.caller && extra.isCounted) return true;
  if (!caller.connections.tryTake()) {
    extra.end(FORBIDDEN, 'TOO_MANY_SUBSCRIPTIONS');
    return false;
  }
  if (extra.isCounted) extra.caller?.connections.free();
  extra.caller = caller;
  extra.isCounted = true;
  return true;
}

/** Closes a refused connection, with the code of the protocol or with one after which clients retry. */
function refuseCaller(error: unknown, extra: SocketExtra): null {
  if (errorCode(error) === 'UNAUTHENTICATED') return null;
  if (!(error instanceof BitqlError && error.retryable)) throw error;
  extra.end(TRY_AGAIN_LATER, error.code);
  return null;
}

function longId(): BitqlError {
  return new BitqlError('BAD_QUERY', `The id of an operation may have at most ${MAX_ID} characters.`);
}

function tooMany(): BitqlError {
  const message = `One connection may have at most ${MAX_OPERATIONS} running operations: open another connection.`;
  return new BitqlError('TOO_MANY_SUBSCRIPTIONS', message);
}

/** The protocol's message with a result. */
function messageOf(id: string, { json }: WrittenAnswer): Buffer {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return Buffer.concat([Buffer.from(head), json, Buffer.from('}')]);
}

/** For an operation that was answered already: the library sends that it is complete. */
async function* nothingMore(): AsyncGenerator<never> {}

/** Whether it failed before it began. */
function isRefusal(answer: Answer): answer is FormattedExecutionResult {
  if (answer instanceof ResultStream || answer instanceof WrittenAnswer) return false;
  return answer.data === undefined && answer.errors !== undefined;
}

function shown(error: { toJSON?(): GraphQLFormattedError }, operations: Operations): GraphQLFormattedError {
  if (error instanceof ShownError) return error.formatted;
  return operations.showError(error instanceof GraphQLError ? (error.originalError ?? error) : error);
}

/** An error as its reader gets it. */
class ShownError extends GraphQLError {
  readonly formatted: GraphQLFormattedError;

  constructor(formatted: GraphQLFormattedError) {
    super(formatted.message);
    this.formatted = formatted;
  }
}
