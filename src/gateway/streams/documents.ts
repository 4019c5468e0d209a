import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  parse,
  specifiedRules,
  type ValidationRule,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';
import { MAX_TOKENS } from '../apollo.ts';

/** A query text, understood; or why it is none. */
export type ParsedDocument =
  | { readonly document: DocumentNode; readonly errors: null }
  | { readonly document: null; readonly errors: readonly GraphQLError[] };

/** Of the texts that are remembered, in characters. */
const MAX_REMEMBERED = 4 * 1024 * 1024;

/** Parses and validates query texts, each once as long as it is remembered. */
export class Documents {
  readonly #schema: GraphQLSchema;
  readonly #rules: readonly ValidationRule[];
  readonly #known = new LRUCache<string, ParsedDocument>({
    maxSize: MAX_REMEMBERED,
    sizeCalculation: (_, text) => text.length + 1,
  });

  /** @param rules beside those of GraphQL */
  constructor(schema: GraphQLSchema, rules: readonly ValidationRule[]) {
    this.#schema = schema;
    this.#rules = [...specifiedRules, ...rules];
  }

  get(text: string): ParsedDocument {
    const known = this.#known.get(text) ?? this.#parse(text);
    this.#known.set(text, known);
    return known;
  }

  #parse(text: string): ParsedDocument {
    try {
      const document = parse(text, { maxTokens: MAX_TOKENS });
      const errors = validate(this.#schema, document, this.#rules);
      if (errors.length === 0) return { document, errors: null };
      return { document: null, errors: errors.map(coded(ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED)) };
    } catch (error) {
      if (!(error instanceof GraphQLError)) throw error;
      return { document: null, errors: [coded(ApolloServerErrorCode.GRAPHQL_PARSE_FAILED)(error)] };
    }
  }
}

function coded(code: string): (error: GraphQLError) => GraphQLError {
  return ({ message, nodes, source, positions, originalError }) =>
    new GraphQLError(message, {
      nodes: nodes ?? null,
      source: source ?? null,
      positions: positions ?? null,
      originalError: originalError ?? null,
      extensions: { code },
    });
}
