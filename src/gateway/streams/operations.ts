import type { ApolloServer } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { Tracer } from '@opentelemetry/api';
import {
  createSourceEventStream,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLSchema,
} from 'graphql';
import { BitqlError } from '../../errors.ts';
import { encodeEventCursor } from '../../live/live-place.ts';
import { FREE_TOLL, type Toll } from '../../live/replays.ts';
import { LiveSubscription } from '../../live/subscription.ts';
import { ChainReader } from '../../query/reader.ts';
import { FREE_WORK } from '../../query/work.ts';
import { type Caller, termsOf } from '../callers/caller.ts';
import { SubscriptionCharge } from '../callers/subscription-charge.ts';
import { BYTES_OF_FIELD } from '../cost/answer-size.ts';
import type { Bill } from '../cost/bill.ts';
import { Pricing } from '../cost/pricing.ts';
import type { CompiledOperations, OperationCall } from '../graphql/compilation/compiled-operations.ts';
import type { ErrorTeller } from '../graphql/errors.ts';
import { WrittenAnswer, writtenAnswer } from '../graphql/written-answer.ts';
import { RequestDeadline } from '../limits/deadline.ts';
import type { Lane } from '../limits/lane.ts';
import { Turns } from '../limits/turns.ts';
import { chainExtension } from '../observe/chain-status.ts';
import type { GatewayObserver } from '../observe/observer.ts';
import { currentRequest } from '../observe/request-scope.ts';
import { describeOperation, inSpan, OPERATION_SPAN } from '../observe/tracing.ts';
import type { Documents } from '../requests/documents.ts';
import { coerceVariables, declaredVariables, type Variables } from '../requests/variables.ts';
import { type Backend, RequestContext } from '../resolvers/context.ts';
import type { SubscriptionEvent } from '../resolvers/parents.ts';
import type { Notice } from '../resolvers/subscription.ts';
import { operationNameOf } from './operation-name.ts';
import { type Heartbeats, ResultStream } from './result-stream.ts';
import { SharedResults, type SizedResult } from './shared-results.ts';

/** A GraphQL request over a transport that can bear several results. */
export interface OperationRequest {
  readonly query: string;
  readonly variables: Variables;
  readonly operationName: string | undefined;
  /** Takes the place of the argument `after`: where the subscriber was when its connection broke. */
  readonly lastEventId: string | null;
  /** Why nothing may be changed; null where it may. */
  readonly readOnly: BitqlError | null;
  /** Who asks; null where nobody is told apart, and all is free. */
  readonly caller: Caller | null;
  /** Begun. */
  readonly bill: Bill;
}

export interface OperationsOptions {
  readonly schema: GraphQLSchema;
  /** Answers what is no subscription. */
  readonly apollo: ApolloServer<RequestContext>;
  readonly backend: Backend;
  readonly compiled: CompiledOperations;
  readonly tell: ErrorTeller;
  readonly documents: Documents;
  readonly observer: GatewayObserver;
  readonly tracer: Tracer | null;
  /** How long what is told of one event may take to find, in milliseconds. */
  readonly eventMs: number;
  /** When a subscriber that was told nothing is told so, in milliseconds. */
  readonly heartbeatMs: number;
}

/** The one result of a query; or, of a subscription, a stream of them. */
export type Answer = FormattedExecutionResult | WrittenAnswer | ResultStream;

type Subscribed = Omit<OperationCall, 'rootValue' | 'contextValue'>;

/** What a result weighs in memory, beside its fields and bytes. */
const BYTES_OF_RESULT = 1_024;

/** Opens operations of any kind: subscriptions beside queries and mutations, for all transports alike. */
export class Operations {
  readonly #options: OperationsOptions;
  readonly #results = new SharedResults();
  readonly #pricing: Pricing;
  readonly #turns: Turns;
  /** Answers that are noticed where they are made. */
  readonly #byApollo = new WeakSet<object>();

  constructor(options: OperationsOptions) {
    this.#options = options;
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
    if (errors !== null) return { errors: errors.map(this.tell) };
    if (operation.operation === 'mutation' && request.readOnly !== null)
      return { errors: [this.tell(request.readOnly)] };
    if (operation.operation !== 'subscription') return this.#answer(request, lane);
    const variables = declaredVariables(operation, request.variables);
    const { coerced, error } = coerceVariables(this.schema, operation, variables);
    if (error !== null) return { errors: [this.tell(error)] };
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

  /** @param toll a charge, where it costs something to be told as well */
  async #subscribe(
    { lastEventId, operationName }: OperationRequest,
    subscribed: Subscribed & { readonly name: string },
    toll: Toll | SubscriptionCharge,
  ): Promise<FormattedExecutionResult | ResultStream> {
    const { schema, backend } = this.#options;
    const { document, variables, name } = subscribed;
    const contextValue = new RequestContext(backend, { lastEventId, toll });
    const args = {
      schema,
      document,
      variableValues: variables ?? {},
      operationName: operationName ?? null,
      contextValue,
    };
    const source = await createSourceEventStream(args);
    if (!(source instanceof LiveSubscription)) return { errors: refusals(source).map(this.tell) };
    const { topic } = source;
    const tellOf = async (key: string, event: SubscriptionEvent) => {
      const { result, used } = await this.#results.of(`${name} ${encodeEventCursor(event.place)} ${key}`, () =>
        this.#result(subscribed, { event, topic }),
      );
      if (toll instanceof SubscriptionCharge) await toll.event(used);
      return result;
    };
    const heartbeats = contextValue.tellsHeartbeats ? this.#heartbeats(tellOf) : null;
    return new ResultStream(source, (event) => tellOf('', event), heartbeats);
  }

  /** Those of subscriptions that were told the same at about the same time are one. */
  #heartbeats(tellOf: (key: string, event: SubscriptionEvent) => Promise<FormattedExecutionResult>): Heartbeats {
    const { backend, heartbeatMs } = this.#options;
    return {
      everyMs: heartbeatMs,
      execute: async (place) => {
        try {
          const { snapshot } = await ChainReader.open(backend.store);
          const nothing = { transaction: null, block: null, reason: null, by: null };
          const slot = Math.floor(performance.now() / heartbeatMs);
          return await tellOf(`heartbeat ${slot}`, { kind: 'heartbeat', place, snapshot, ...nothing });
        } catch (error) {
          if (isPassing(error)) return null;
          throw error;
        }
      },
    };
  }

  get tell(): ErrorTeller {
    return this.#options.tell;
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
      // Until it is taken it counts as what was not taken.
      contextValue.memory.release();
    }
  }

  /** @throws what may be better later: whoever is told comes again, from the place before the event */
  async #result(subscription: Subscribed, notice: Notice): Promise<SizedResult> {
    const { snapshot } = notice.event;
    const deadline = new RequestDeadline(this.#options.eventMs);
    const contextValue = RequestContext.at(snapshot, this.#options.backend, deadline);
    try {
      return await this.#resultIn(contextValue, subscription, notice);
    } finally {
      deadline.end();
      contextValue.memory.release();
    }
  }

  async #resultIn(contextValue: RequestContext, subscription: Subscribed, notice: Notice): Promise<SizedResult> {
    const { data, errors } = await this.#execute({ ...subscription, rootValue: notice, contextValue });
    const passing = errors?.map(({ originalError }) => originalError).find(isPassing);
    if (passing !== undefined) throw passing;
    const { fieldCount, byteCount } = contextValue.answer;
    const result = {
      ...(errors === undefined ? {} : { errors: errors.map(this.tell) }),
      data: data ?? null,
      extensions: chainExtension(contextValue.reader.snapshot),
    };
    return {
      result,
      used: contextValue.bill.used,
      size: BYTES_OF_RESULT + BYTES_OF_FIELD * fieldCount + 2 * byteCount,
    };
  }

  async #execute(call: OperationCall): Promise<ExecutionResult> {
    const { schema, compiled } = this.#options;
    const { operation, variables, ...others } = call;
    const operationName = operation.name?.value ?? null;
    return (
      (await compiled.execute(call)) ?? execute({ schema, ...others, operationName, variableValues: variables ?? null })
    );
  }
}

function isPassing(error: unknown): boolean {
  return error instanceof BitqlError && error.retryable;
}

/** Variables that do not fit are told without a path; what a resolver throws has one. */
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
