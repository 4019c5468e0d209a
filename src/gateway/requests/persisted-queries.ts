import { createHash } from 'node:crypto';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { BitqlError } from '../../errors.ts';
import { memoryShare } from '../limits/memory.ts';
import type { RequestParameters } from './request-parameters.ts';

/** The most memory of all texts, in bytes and as a share of all memory: two bytes a character. */
const MAX_BYTES = 32 * 1024 * 1024;
const SHARE = 1 / 64;
/** Of the protocol. */
const VERSION = 1;
/** Clients look for this message, and then send the text. */
const NOT_FOUND = 'PersistedQueryNotFound';

/** Query texts by their SHA-256, in hexadecimal. */
export interface PersistedQueries {
  get(hash: string): string | undefined;
  set(hash: string, text: string): void;
}

/** Remembers the last texts that were sent with their hash. */
export function rememberedQueries(): PersistedQueries {
  return new LRUCache<string, string>({
    maxSize: memoryShare(SHARE, MAX_BYTES),
    sizeCalculation: (text, hash) => 2 * (text.length + hash.length),
  });
}

/**
 * The text of the query that a request asks for, over any transport: its own text, or the one with its hash (automatic
 * persisted queries). A text that comes with its hash is remembered.
 * @throws BAD_QUERY; GraphQLError BAD_REQUEST, PERSISTED_QUERY_NOT_FOUND
 */
export function queryTextOf(
  { query, extensions }: Pick<RequestParameters, 'query' | 'extensions'>,
  persisted: PersistedQueries,
): string {
  const hash = hashIn(extensions.persistedQuery);
  if (hash === null) {
    if (query !== null) return query;
    throw new BitqlError('BAD_QUERY', '`query` is missing: it is the text of the GraphQL query.');
  }
  if (query === null) {
    const known = persisted.get(hash);
    if (known !== undefined) return known;
    throw new GraphQLError(NOT_FOUND, { extensions: { code: ApolloServerErrorCode.PERSISTED_QUERY_NOT_FOUND } });
  }
  if (createHash('sha256').update(query).digest('hex') !== hash) {
    throw badHash(
      '`persistedQuery.sha256Hash` is not the hexadecimal SHA-256 of `query`: correct it, or leave it out.',
    );
  }
  persisted.set(hash, query);
  return query;
}

/** Null if the request has none. */
function hashIn(persistedQuery: unknown): string | null {
  if (persistedQuery == null) return null;
  const { version, sha256Hash } = Object(persistedQuery) as { version?: unknown; sha256Hash?: unknown };
  if (version !== VERSION) throw badHash(`\`persistedQuery.version\` must be ${VERSION}.`);
  if (typeof sha256Hash !== 'string') throw badHash('`persistedQuery.sha256Hash` must be a string.');
  return sha256Hash;
}

function badHash(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: ApolloServerErrorCode.BAD_REQUEST } });
}
