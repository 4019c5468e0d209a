import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import {
  type DocumentNode,
  type ExecutionResult,
  type GraphQLError,
  GraphQLScalarType,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
} from 'graphql';
import { compileQuery, isCompiledQuery } from 'graphql-jit';
import { LRUCache } from 'lru-cache';
import type { Fragments } from '../../requests/fields.ts';
import { coerceVariables } from '../../requests/variables.ts';
import type { RequestContext } from '../../resolvers/context.ts';
import type { ShowError } from '../errors.ts';
import { compilableSize } from './compilable.ts';
import { OncePerNull } from './once-per-null.ts';

/** Answers compiled operations in place of Apollo, which does not format the errors of such answers. */
export function compilationPlugin(
  operations: CompiledOperations,
  showError: ShowError,
): ApolloServerPlugin<RequestContext> {
  return {
    async requestDidStart() {
      return {
        async responseForOperation({ document, operation, request: { variables }, contextValue }) {
          // Undefined, whatever its type says, if the query has several operations and the request names none of them.
          if ((operation as OperationDefinitionNode | undefined) === undefined) return null;
          const result = await operations.execute({ document, operation, variables, contextValue });
          if (result === null) return null;
          const { data, errors } = result;
          const singleResult = errors === undefined ? { data } : { data, errors: errors.map(showError) };
          return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult } };
        },
      };
    },
  };
}

/** An operation of a valid document, as one request calls it. */
export interface OperationCall {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As they were sent. */
  readonly variables: Readonly<Record<string, unknown>> | undefined;
  readonly rootValue?: unknown;
  readonly contextValue: RequestContext;
}

/** The answer to an operation that could be started. */
interface OperationResult {
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

/** Operations that come once or twice are not worth compiling. */
const SIGHTINGS = 3;
const MAX_OPERATIONS = 500;
/** For all operations together: a field takes about 4 KiB. */
const MAX_FIELDS = 10_000;

/**
 * Compiles frequent operations (graphql-jit), which are then answered several times as fast and exactly as graphql-js would: a
 * test compares the two.
 * A getter that throws would end the process, since compiled code expects errors only from resolvers.
 */
export class CompiledOperations {
  readonly #schema: GraphQLSchema;
  readonly #compilation: GraphQLSchema;
  /**
   * How often each was seen, Infinity for one that cannot be compiled. Kept as long as its document is remembered elsewhere.
   */
  readonly #sightings = new WeakMap<OperationDefinitionNode, number>();
  readonly #compiled = new LRUCache<OperationDefinitionNode, Compiled>({
    max: MAX_OPERATIONS,
    maxSize: MAX_FIELDS,
    sizeCalculation: ({ size }) => size,
    dispose: (_, operation) => this.#sightings.delete(operation),
  });

  constructor(schema: GraphQLSchema) {
    this.#schema = schema;
    this.#compilation = withCoercedType(schema);
  }

  /** The answer; null if graphql-js has to answer. */
  async execute({
    document,
    operation,
    variables = {},
    rootValue,
    contextValue,
  }: OperationCall): Promise<OperationResult | null> {
    const compiled = this.#compiled.get(operation) ?? this.#sight(document, operation);
    if (compiled === null) return null;
    const { coerced } = coerceVariables(this.#schema, operation, variables);
    if (coerced === null) return null;
    contextValue.isCompiled = true;
    const { data, errors } = await compiled.query(rootValue, contextValue, coerced);
    // Compiled code found an error in the variables, for which graphql-js has the usual message.
    contextValue.isCompiled = false;
    if (data === undefined) return null;
    return errors === undefined ? { data } : { data, errors: compiled.oncePerNull.filter(errors) };
  }

  /** Counts a request for it. */
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
    const options = { disablingCapturingStackErrors: true };
    const compiled = compileQuery(
      this.#compilation,
      withCoercedVariables(document, operation),
      operation.name?.value,
      options,
    );
    if (!isCompiledQuery(compiled)) return null;
    return { query: compiled.query, oncePerNull: new OncePerNull(schema, operation, fragments), size };
  }
}

/** A type of variables that were coerced before. graphql-jit would write code for each part of an input object, without end if it can hold itself. */
const COERCED = new GraphQLScalarType({ name: 'Coerced' });

/** The schema, in which the type has a name, but introspection does not show it. */
function withCoercedType(schema: GraphQLSchema): GraphQLSchema {
  const getType: GraphQLSchema['getType'] = (name) => (name === COERCED.name ? COERCED : schema.getType(name));
  return Object.assign(Object.create(schema) as GraphQLSchema, { getType });
}

/** The document with an operation whose variables are taken as they are. */
function withCoercedVariables(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  const name = { kind: Kind.NAME, value: COERCED.name } as const;
  const named = { kind: Kind.NAMED_TYPE, name } as const;
  const variableDefinitions = operation.variableDefinitions?.map(({ kind, variable, type }): VariableDefinitionNode => {
    const isRequired = type.kind === Kind.NON_NULL_TYPE;
    return { kind, variable, type: isRequired ? { kind: Kind.NON_NULL_TYPE, type: named } : named };
  });
  const changed = { ...operation, ...(variableDefinitions && { variableDefinitions }) };
  return { ...document, definitions: document.definitions.map((node) => (node === operation ? changed : node)) };
}

function fragmentsOf({ definitions }: DocumentNode): Fragments {
  const fragments = definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION);
  return Object.fromEntries(fragments.map((node) => [node.name.value, node]));
}
