import { createHash } from 'node:crypto';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  print,
  type SelectionNode,
  visit,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { BitqlError } from '../../errors.ts';
import { encodeEventCursor } from '../../live/live-event.ts';
import { BYTES_OF_FIELD } from '../cost/answer-size.ts';
import type { CompiledOperations, OperationCall } from '../graphql/compilation/compiled-operations.ts';
import type { ShowError } from '../graphql/errors.ts';
import { RequestDeadline } from '../limits/deadline.ts';
import { chainExtension } from '../observe/chain-status.ts';
import type { Variables } from '../requests/variables.ts';
import { type Backend, RequestContext } from '../resolvers/context.ts';
import type { Notice } from '../resolvers/subscription.ts';

/** A subscription's operation, with the name that equal operations share (`operationNameOf`). */
export interface Subscribed extends Omit<OperationCall, 'rootValue' | 'contextValue'> {
  readonly name: string;
}

export interface EventResultsOptions {
  readonly schema: GraphQLSchema;
  readonly backend: Backend;
  readonly compiled: CompiledOperations;
  readonly showError: ShowError;
  /** How long the result of one event may take, in milliseconds. */
  readonly eventMs: number;
}

/** Memory of a result beside its fields and bytes. */
const BYTES_OF_RESULT = 1_024;

/** Computes the results of events. Equal subscriptions share one execution for each event. */
export class EventResults {
  readonly #options: EventResultsOptions;
  readonly #shared = new SharedResults();

  constructor(options: EventResultsOptions) {
    this.#options = options;
  }

  /** @param key distinguishes results with the same place */
  of(subscription: Subscribed, notice: Notice, key: string): Promise<SizedResult> {
    const name = `${subscription.name} ${encodeEventCursor(notice.event.place)} ${key}`;
    return this.#shared.of(name, () => this.#execute(subscription, notice));
  }

  /** @throws errors that may pass: the subscriber resumes later, before this event */
  async #execute(subscription: Subscribed, notice: Notice): Promise<SizedResult> {
    const { snapshot } = notice.event;
    const deadline = new RequestDeadline(this.#options.eventMs);
    const contextValue = RequestContext.at(snapshot, this.#options.backend, deadline);
    try {
      return await this.#executeIn(contextValue, subscription, notice);
    } finally {
      deadline.end();
      contextValue.memory.release();
    }
  }

  async #executeIn(contextValue: RequestContext, subscription: Subscribed, notice: Notice): Promise<SizedResult> {
    const { data, errors } = await this.#answer({ ...subscription, rootValue: notice, contextValue });
    const passing = errors?.map(({ originalError }) => originalError).find(isPassing);
    if (passing !== undefined) throw passing;
    const { fieldCount, byteCount } = contextValue.answer;
    const result = {
      ...(errors === undefined ? {} : { errors: errors.map(this.#options.showError) }),
      data: data ?? null,
      extensions: chainExtension(contextValue.readers.present.snapshot),
    };
    return {
      result,
      used: contextValue.bill.used,
      size: BYTES_OF_RESULT + BYTES_OF_FIELD * fieldCount + 2 * byteCount,
    };
  }

  async #answer(call: OperationCall): Promise<ExecutionResult> {
    const { schema, compiled } = this.#options;
    const { operation, variables, ...others } = call;
    const operationName = operation.name?.value ?? null;
    return (
      (await compiled.execute(call)) ?? execute({ schema, ...others, operationName, variableValues: variables ?? null })
    );
  }
}

/** Whether an error may pass by itself. */
export function isPassing(error: unknown): boolean {
  return error instanceof BitqlError && error.retryable;
}

/** A result, its cost, and its rough memory in bytes. */
interface SizedResult {
  readonly result: FormattedExecutionResult;
  /** In points. */
  readonly used: number;
  readonly size: number;
}

const MAX_BYTES = 32 * 1024 * 1024;

/** Keeps the last results, so that equal subscriptions share one execution for each event. */
class SharedResults {
  readonly #running = new Map<string, Promise<SizedResult>>();
  readonly #done = new LRUCache<string, SizedResult>({ maxSize: MAX_BYTES });

  async of(name: string, execute: () => Promise<SizedResult>): Promise<SizedResult> {
    const known = this.#done.get(name);
    if (known !== undefined) return known;
    return this.#running.get(name) ?? this.#run(name, execute);
  }

  #run(name: string, execute: () => Promise<SizedResult>): Promise<SizedResult> {
    const running = execute().then((sized) => {
      this.#done.set(name, sized, { size: sized.size + name.length });
      return sized;
    });
    this.#running.set(name, running);
    const end = () => this.#running.delete(name);
    running.then(end, end);
    return running;
  }
}

/** The argument with which subscribers say where they begin: results do not depend on it. */
const BEGINNING = 'after';

/**
 * A name shared by all subscriptions that give the same results for the same event, wherever they begin: a hash of the
 * operation and of its variables after coercion, with the defaults of those that were not sent.
 */
export function operationNameOf(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  coerced: Variables,
): string {
  const definitions = document.definitions.map((node) => (node === operation ? withoutBeginning(operation) : node));
  const used = variablesIn({ ...document, definitions });
  // A null variable differs from an absent one, which takes its default.
  const given = [...used].sort().filter((name) => Object.hasOwn(coerced, name));
  const values = given.map((name) => [name, coerced[name]]);
  const text = JSON.stringify([operation.name?.value, definitions.map(print), values], shownBytes);
  return createHash('sha256').update(text).digest('base64');
}

/** Drops `after` of the root field. No result depends on variables that are used only there. */
function withoutBeginning(operation: OperationDefinitionNode): OperationDefinitionNode {
  const selections = operation.selectionSet.selections.map((selection): SelectionNode => {
    if (selection.kind !== Kind.FIELD) return selection;
    return { ...selection, arguments: (selection.arguments ?? []).filter(({ name }) => name.value !== BEGINNING) };
  });
  return { ...operation, variableDefinitions: [], selectionSet: { ...operation.selectionSet, selections } };
}

function variablesIn(document: DocumentNode): Set<string> {
  const names = new Set<string>();
  visit(document, { Variable: ({ name }) => void names.add(name.value) });
  return names;
}

function shownBytes(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { hex: Buffer.from(value).toString('hex') } : value;
}
