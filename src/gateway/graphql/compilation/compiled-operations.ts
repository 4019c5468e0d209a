import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { Fragments } from '../../requests/field-counter.ts';
import { coerceVariables } from '../../requests/variables.ts';
import type { RequestContext } from '../../resolvers/context.ts';
import { compilableSize } from './compilable.ts';
import { OncePerNull } from './once-per-null.ts';

/** An operation of a valid document, as one request has it. */
export interface OperationCall {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As they were sent. */
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly rootValue?: unknown;
  readonly contextValue: RequestContext;
}

/** What GraphQL answers an operation that could be begun. */
export interface OperationResult {
  readonly data: Record<string, unknown> | null;
  readonly errors?: readonly GraphQLError[];
}

interface Compiled {
  readonly query: (
    rootValue: unknown,
    context: RequestContext,
    variables: Readonly<Record<string, unknown>>,
  ) => Promise<ExecutionResult> | ExecutionResult;
  readonly oncePerNull: OncePerNull;
  /** In fields. */
  readonly size: number;
}

/** What comes once or twice is not worth compiling. */
const SIGHTINGS = 3;
const MAX_OPERATIONS = 500;
/** Of all together: a field takes some 4 KiB. */
const MAX_FIELDS = 10_000;

/**
 * Operations that are asked for again and again are compiled (graphql-jit) and answered several times as fast, in the words
 * that graphql-js has for them: a test holds one against the other.
 *
 * A getter that throws would end the process, since compiled code only expects errors of resolvers.
 */
export class CompiledOperations {
  readonly #schema: GraphQLSchema;
  /** Infinite for one that cannot be compiled. As long as its document is remembered elsewhere. */
  readonly #sightings = new WeakMap<OperationDefinitionNode, number>();
  readonly #compiled = new LRUCache<OperationDefinitionNode, Compiled>({
    max: MAX_OPERATIONS,
    maxSize: MAX_FIELDS,
    sizeCalculation: ({ size }) => size,
    dispose: (_, operation) => this.#sightings.delete(operation),
  });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
  }

  /** The answer; null where graphql-js is to find it. */
  async execute({
    document,
    operation,
    variables = {},
    rootValue,
    contextValue,
  }: OperationCall): Promise<OperationResult | null> {
    const compiled = this.#compiled.get(operation) ?? this.#sight(document, operation);
    if (compiled === null || coerceVariables(this.#schema, operation, variables).error !== null) return null;
    contextValue.isCompiled = true;
    const { data, errors } = await compiled.query(rootValue, contextValue, variables);
    // It found fault with variables, for which graphql-js has the usual words.
    contextValue.isCompiled = false;
    if (data === undefined) return null;
    return errors === undefined ? { data } : { data, errors: compiled.oncePerNull.filter(errors) };
  }

  /** It has been asked for once more. */
  #sight(document: DocumentNode, operation: OperationDefinitionNode): Compiled | null {
    const sightings = (this.#sightings.get(operation) ?? 0) + 1;
    const compiled = sightings === SIGHTINGS ? this.#compile(document, operation) : null;
    this.#sightings.set(operation, sightings === SIGHTINGS && compiled === null ? Infinity : sightings);
    if (compiled !== null) this.#compiled.set(operation, compiled);
    return compiled;
  }

  #compile(document: DocumentNode, operation: OperationDefinitionNode): Compiled | null {
    const schema = this.#schema;
    const fragments = fragmentsOf(document);
    const size = compilableSize(schema, document, operation, fragments);
    if (size === null) return null;
    const compiled = compileQuery(schema, document, operation.name?.value, { disablingCapturingStackErrors: true });
    if (!isCompiledQuery(compiled)) return null;
    return { query: compiled.query, oncePerNull: new OncePerNull(schema, operation, fragments), size };
  }
}

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return Object.fromEntries(fragments.map((node) => [node.name.value, node]));
}
