import { createHash } from 'node:crypto';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { memoryShare } from '../limits/memory.ts';
import { adviceFor } from './advice.ts';
import { exceededLimits, exceededText } from './query-limits.ts';
import { notTrusted, type TrustedDocuments } from './trusted-documents.ts';

/** A parsed query text, or the errors in it. */
export type ParsedDocument =
  | { readonly document: DocumentNode; readonly errors: null }
  | { readonly document: null; readonly errors: readonly GraphQLError[] };

/** The requested operation of a query text, or why there is none. */
export type ParsedOperation =
  | { readonly document: DocumentNode; readonly operation: OperationDefinitionNode; readonly errors: null }
  | { readonly document: null; readonly operation: null; readonly errors: readonly GraphQLError[] };

/** The most tokens of a query text. */
export const MAX_TOKENS = 2_000;
/** The most errors reported for one text. */
const MAX_ERRORS = 10;
/**
 * The most memory of remembered documents, in bytes and as a share of all memory; and the rough memory of one token of a
 * document: its node and its location.
 */
const MAX_BYTES = 48 * 1024 * 1024;
const SHARE = 1 / 64;
const BYTES_OF_TOKEN = 500;
/** Apollo puts a prefix before the hash of a text. */
const HASH = /[0-9a-f]{64}$/;

/**
 * Parses and validates query texts, for all transports. Valid texts are remembered. A text that is wide enough to take long is
 * refused before it is validated; if only trusted texts are answered, others are not even parsed.
 */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #trusted: TrustedDocuments | null;
  readonly #known = new LRUCache<string, DocumentNode>({
    maxSize: memoryShare(SHARE, MAX_BYTES),
    sizeCalculation: memoryOf,
  });

  /** @param trusted the only texts that are answered; null for any */
  constructor(schema: GraphQLSchema, trusted: TrustedDocuments | null = null) {
    this.#schema = schema;
    this.#trusted = trusted;
  }

  get(text: string): ParsedDocument {
    const hash = createHash('sha256').update(text).digest('hex');
    const known = this.#known.get(hash);
    if (known !== undefined) return { document: known, errors: null };
    if (this.#trusted?.has(hash) === false) return { document: null, errors: [notTrusted()] };
    const parsed = this.#parse(text);
    if (parsed.document !== null) this.#known.set(hash, parsed.document);
    return parsed;
  }

  operation({
    query,
    operationName,
  }: {
    readonly query: string;
    readonly operationName: string | undefined;
  }): ParsedOperation {
    const { document, errors } = this.get(query);
    if (document === null) return { document: null, operation: null, errors };
    const operation = getOperationAST(document, operationName);
    if (operation != null) return { document, operation, errors: null };
    return { document: null, operation: null, errors: [withoutOperation(operationName)] };
  }

  /** Gives Apollo the documents that were parsed here, so that it need not parse anything itself. */
  get store() {
    return {
      get: async (key: string) => this.#known.get(HASH.exec(key)?.[0] ?? ''),
      set: async () => {},
      delete: async () => false,
    };
  }

  #parse(text: string): ParsedDocument {
    const tooMuch = exceededText(text);
    if (tooMuch !== null) return { document: null, errors: [tooMuch] };
    try {
      const document = parse(text, { maxTokens: MAX_TOKENS });
      const errors = exceededLimits(document);
      if (errors.length > 0) return { document: null, errors };
      const mistakes = validate(this.#schema, document, specifiedRules, { maxErrors: MAX_ERRORS });
      if (mistakes.length === 0) return { document, errors: null };
      return { document: null, errors: this.#advised(document, mistakes) };
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return { document: null, errors: [coded(error, ApolloServerErrorCode.GRAPHQL_PARSE_FAILED)] };
    }
  }

  #advised(document: DocumentNode, mistakes: readonly GraphQLError[]): GraphQLError[] {
    const advice = adviceFor(this.#schema, document, mistakes);
    return mistakes.map((mistake, i) => coded(mistake, ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED, advice[i]));
  }
}

function memoryOf({ loc }: DocumentNode): number {
  let tokens = 1;
  for (let token = loc?.startToken; token != null; token = token.next ?? undefined) tokens += 1;
  // The text is kept for the locations in errors: two bytes a character.
  return BYTES_OF_TOKEN * tokens + 2 * (loc?.source.body.length ?? 0);
}

function withoutOperation(operationName: string | undefined): GraphQLError {
  const message =
    operationName === undefined
      ? 'The query has several operations: choose one with `operationName`.'
      : `The query has no operation named "${operationName}".`;
  return new GraphQLError(message, { extensions: { code: ApolloServerErrorCode.OPERATION_RESOLUTION_FAILURE } });
}

function coded(
  { message, nodes, source, positions, originalError }: GraphQLError,
  code: string,
  advice: string | null = null,
): GraphQLError {
  return new GraphQLError(advice === null ? message : `${message} ${advice}`, {
    nodes: nodes ?? null,
    source: source ?? null,
    positions: positions ?? null,
    originalError: originalError ?? null,
    extensions: { code },
  });
}
