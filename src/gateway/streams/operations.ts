import type { ApolloServer } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { Tracer } from '@opentelemetry/api';
import {
  createSourceEventStream,
  type ExecutionResult,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import type { BitqlError } from '../../errors.ts';
import { FREE_TOLL, type Toll } from '../../live/replays.ts';
import { LiveSubscription } from '../../live/subscription.ts';
import { ChainReader } from '../../query/reader.ts';
import { FREE_WORK } from '../../query/work.ts';
import { type Caller, termsOf } from '../callers/caller.ts';
import { SubscriptionCharge } from '../callers/subscription-charge.ts';
import type { Bill } from '../cost/bill.ts';
import { Pricing } from '../cost/pricing.ts';
import type { ShowError } from '../graphql/errors.ts';
import { WrittenAnswer, writtenAnswer } from '../graphql/written-answer.ts';
import type { Lane } from '../limits/lane.ts';
import { Turns } from '../limits/turns.ts';
import type { GatewayObserver } from '../observe/observer.ts';
import { currentRequest } from '../observe/request-scope.ts';
import { describeOperation, inSpan, OPERATION_SPAN } from '../observe/tracing.ts';
import type { Documents } from '../requests/documents.ts';
import { coerceVariables, declaredVariables, type Variables } from '../requests/variables.ts';
import { RequestContext } from '../resolvers/context.ts';
import type { SubscriptionEvent } from '../resolvers/parents.ts';
import {
  EventResults,
  type EventResultsOptions,
  isPassing,
  operationNameOf,
  type Subscribed,
} from './event-results.ts';
import { type Heartbeats, ResultStream } from './result-stream.ts';

/** A GraphQL request over a transport that can carry several results. */
export interface OperationRequest {
  readonly query: string;
  readonly variables: Variables;
  readonly operationName: string | undefined;
  /** Replaces the argument `after`: where the subscriber was when its connection broke. */
  readonly lastEventId: string | null;
  /** Why nothing may be changed; null if it may. */
  readonly readOnly: BitqlError | null;
  /** Null if callers are not distinguished, and everything is free. */
  readonly caller: Caller | null;
  /** Begun. */
  readonly bill: Bill;
}

export interface OperationsOptions extends EventResultsOptions {
  /** Answers queries and mutations. */
  readonly apollo: ApolloServer<RequestContext>;
  readonly documents: Documents;
  readonly observer: GatewayObserver;
  readonly tracer: Tracer | null;
  /** After how long without events a subscriber gets a heartbeat, in milliseconds. */
  readonly heartbeatMs: number;
}

/** The one result of a query, or the stream of results of a subscription. */
export type Answer = FormattedExecutionResult | WrittenAnswer | ResultStream;

/** Opens operations of any kind (queries, mutations and subscriptions) for all transports. */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #results: EventResults;
  readonly #pricing: Pricing;
  readonly #turns: Turns;
  /** Answers that Apollo's plugins have reported to the observer already. */
  readonly #byApollo = new WeakSet<object>();

  constructor(options: OperationsOptions) {
    this.#options = options;
    this.#results = new EventResults(options);
    this.#pricing = new Pricing(options.schema);
    this.#turns = options.backend.turns ?? new Turns();
  }

  get schema(): GraphQLSchema {
    return this.#options.schema;
  }

  async open(request: OperationRequest): Promise<Answer> {
    return inSpan(this.#options.tracer, OPERATION_SPAN, () => this.#observed(request));
  }

  async #observed(request: OperationRequest): Promise<Answer> {
    const begun = performance.now();
    const answer = await this.#open(request);
    if (answer instanceof WrittenAnswer || this.#byApollo.has(answer)) return answer;
    const outcome = answer instanceof ResultStream ? 'OK' : String(answer.errors?.[0]?.extensions?.code);
    describeOperation(answer instanceof ResultStream ? 'subscription' : undefined, null, outcome);
    this.#options.observer.answered({
      transport: currentRequest()?.transport ?? 'http',
      outcome,
      operation: null,
      seconds: (performance.now() - begun) / 1_000,
      cost: null,
    });
    return answer;
  }

  async #open(request: OperationRequest): Promise<Answer> {
    request.caller?.requireAccepted();
    const lane = this.#turns.laneOf(request.caller ?? request, request.caller?.rank);
    const end = await lane.begin();
    try {
      return await this.#begin(request, lane);
    } finally {
      end();
    }
  }

  async #begin(request: OperationRequest, lane: Lane): Promise<Answer> {
    const { document, operation, errors } = this.#options.documents.operation(request);
    if (errors !== null) return { errors: errors.map(this.showError) };
    if (operation.operation === 'mutation' && request.readOnly !== null)
      return { errors: [this.showError(request.readOnly)] };
    if (operation.operation !== 'subscription') return this.#answer(request, lane);
    const variables = declaredVariables(operation, request.variables);
    const { coerced, error } = coerceVariables(this.schema, operation, variables);
    if (error !== null) return { errors: [this.showError(error)] };
    const name = operationNameOf(document, operation, coerced);
    const subscribed = { document, operation, variables, name };
    const goOn = () => lane.goOn();
    if (request.caller === null) {
      return this.#subscribe(request, subscribed, { ...FREE_TOLL, work: { ...FREE_WORK, goOn } });
    }
    const quote = this.#pricing.quoteSubscription(document, operation, coerced);
    const charge = new SubscriptionCharge(request.caller, quote, goOn);
    await charge.open(request.bill);
    const answer = await this.#subscribe(request, subscribed, charge).catch((error: unknown) => {
      charge.end();
      throw error;
    });
    if (answer instanceof ResultStream) {
      answer.onEnd(() => charge.end());
      answer.onEnd(request.caller.onRevoked((refusal) => answer.fail(refusal)));
    } else charge.end();
    return answer;
  }

  /** @param toll a charge, if events cost something too */
  async #subscribe(
    { lastEventId, operationName }: OperationRequest,
    subscribed: Subscribed,
    toll: Toll | SubscriptionCharge,
  ): Promise<FormattedExecutionResult | ResultStream> {
    const { schema, backend } = this.#options;
    const { document, variables } = subscribed;
    const contextValue = new RequestContext(backend, { lastEventId, toll });
    const args = {
      schema,
      document,
      variableValues: variables ?? {},
      operationName: operationName ?? null,
      contextValue,
    };
    const source = await createSourceEventStream(args);
    if (!(source instanceof LiveSubscription)) return { errors: refusals(source).map(this.showError) };
    const { topic } = source;
    const resultOf = async (key: string, event: SubscriptionEvent) => {
      const { result, used } = await this.#results.of(subscribed, { event, topic }, key);
      if (toll instanceof SubscriptionCharge) await toll.event(used);
      return result;
    };
    const heartbeats = contextValue.wantsHeartbeats ? this.#heartbeats(resultOf) : null;
    return new ResultStream(source, (event) => resultOf('', event), heartbeats);
  }

  /** Subscriptions that received the same at about the same time share a heartbeat. */
  #heartbeats(resultOf: (key: string, event: SubscriptionEvent) => Promise<FormattedExecutionResult>): Heartbeats {
    const { backend, heartbeatMs } = this.#options;
    return {
      everyMs: heartbeatMs,
      execute: async (place) => {
        try {
          const { snapshot } = await ChainReader.open(backend.store);
          const nothing = { transaction: null, block: null, reason: null, by: null };
          const slot = Math.floor(performance.now() / heartbeatMs);
          return await resultOf(`heartbeat ${slot}`, { kind: 'heartbeat', place, snapshot, ...nothing });
        } catch (error) {
          if (isPassing(error)) return null;
          throw error;
        }
      },
    };
  }

  get showError(): ShowError {
    return this.#options.showError;
  }

  async #answer(operation: OperationRequest, lane: Lane): Promise<FormattedExecutionResult | WrittenAnswer> {
    const { apollo, backend } = this.#options;
    const { query, variables, operationName, caller, bill } = operation;
    const request = { query, variables, ...(operationName === undefined ? {} : { operationName }) };
    const contextValue = new RequestContext(backend, { ...termsOf(caller), bill, lane });
    try {
      const { body } = await apollo.executeOperation(request, { contextValue });
      if (body.kind !== 'single')
        throw new Error('The answer is incremental, but no query of this schema can request that.');
      if (contextValue.answer.isLarge) return new WrittenAnswer(await writtenAnswer(body.singleResult, lane));
      this.#byApollo.add(body.singleResult);
      return body.singleResult;
    } finally {
      contextValue.deadline?.end();
      // The rest of the answer counts as unsent data until it is sent.
      contextValue.memory.release();
    }
  }
}

/** An error of variables has no path; an error of a resolver has one. */
function refusals(answer: ExecutionResult | AsyncIterable<unknown>): readonly GraphQLError[] {
  const { errors = [] } = answer as ExecutionResult;
  return errors.map((error) =>
    error.path !== undefined
      ? error
      : new GraphQLError(error.message, {
          nodes: error.nodes ?? null,
          extensions: { code: ApolloServerErrorCode.BAD_USER_INPUT },
        }),
  );
}
