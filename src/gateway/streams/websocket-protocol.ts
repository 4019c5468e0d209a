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
import type { Admission } from '../../origins/origin-policy.ts';
import type { Caller } from '../callers/caller.ts';
import type { Callers } from '../callers/callers.ts';
import { Bill } from '../cost/bill.ts';
import { WrittenAnswer } from '../graphql/written-answer.ts';
import type { OpenSubscriptions } from '../observe/open-subscriptions.ts';
import { type PersistedQueries, queryTextOf } from '../requests/persisted-queries.ts';
import type { AskedQuery } from '../requests/request-parameters.ts';
import { parametersIn } from '../requests/request-parameters.ts';
import type { OpenStreams } from './open-streams.ts';
import type { OperationIds } from './operation-ids.ts';
import type { Answer, Operations } from './operations.ts';
import { type Delivery, ResultStream } from './result-stream.ts';

/** What is known of a connection. */
export interface SocketExtra {
  /** That it began with. */
  readonly request: IncomingMessage;
  /** Who pays for what comes over it: whoever is at its address, until it says who it is. Null where nobody is told apart. */
  caller: Caller | null;
  /** Whether it is among its caller's connections. Who says by its first message who it is, may be one too many at its address. */
  isCounted: boolean;
  /** Its operations that are not over. */
  readonly operationIds: OperationIds;
  /** Its subscriptions. */
  readonly streams: OpenStreams;
  end(code: number, reason: string): void;
  /** Resolves when it is taken, or cannot be any more. */
  send(message: string | Buffer): Promise<void>;
  /** Null where everybody may do anything. */
  readonly admission: Admission | null;
}

/** Close codes: of the protocol, and of RFC 6455. */
const FORBIDDEN = 4403;
const TRY_AGAIN_LATER = 1013;
/** How long a connection may take to say who it is: a machine that is busy hears it late. */
const INTRODUCTION_MS = 10_000;
/** Of one connection. */
const MAX_OPERATIONS = 1_000;
/** Of an operation, in characters: each of its results has it. */
const MAX_ID = 128;

/** The library looks at an operation only to tell which kind it is of: ours are open already when it does. */
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
      const caller = await callers.identify(extra.request, given).catch((error) => nobody(error, extra));
      if (caller === null || gone.has(extra)) return false;
      return countFor(caller, extra);
    },
    onClose({ extra }) {
      gone.add(extra);
      if (extra.isCounted) extra.caller?.connections.free();
    },
    async onSubscribe({ extra }, id, payload) {
      if (id.length > MAX_ID) return [new ToldError(operations.tell(longId()))];
      if (extra.operationIds.size > MAX_OPERATIONS) return [new ToldError(operations.tell(tooMany()))];
      const { caller, admission } = extra;
      const bill = new Bill(caller?.account ?? null);
      const answer = await bill
        .begin()
        .then(() => askedBy(payload, persisted))
        .then((asked) =>
          operations.open({ ...asked, lastEventId: null, readOnly: admission?.readOnly ?? null, caller, bill }),
        )
        .catch((error: unknown) => ({ errors: [operations.tell(error)] }));
      if (isRefusal(answer)) return answer.errors!.map((error) => new ToldError(error));
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
      return errors.map((error) => told(error, operations));
    },
    onComplete: ({ extra }, id) => extra.operationIds.complete(id),
  });
}

/** @throws BAD_QUERY; GraphQLError */
function askedBy(payload: SubscribePayload, persisted: PersistedQueries): AskedQuery {
  const parameters = parametersIn({ ...payload }, (name) => payload[name as keyof SubscribePayload]);
  return { ...parameters, query: queryTextOf(parameters, persisted) };
}

/** Has a connection count among those of whoever it is. @returns whether there may be one more */
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

/** Whoever is refused is closed the connection: by the code of the protocol, or one by which it tries again. */
function nobody(error: unknown, extra: SocketExtra): null {
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

/** The message in which the protocol has a result. */
function messageOf(id: string, { json }: WrittenAnswer): Buffer {
  const head = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  return Buffer.concat([Buffer.from(head), json, Buffer.from('}')]);
}

/** For an operation that was answered already: the library says that it is complete. */
async function* nothingMore(): AsyncGenerator<never> {}

/** Whether it could not even begin. */
function isRefusal(answer: Answer): answer is FormattedExecutionResult {
  if (answer instanceof ResultStream || answer instanceof WrittenAnswer) return false;
  return answer.data === undefined && answer.errors !== undefined;
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
