import type { ApolloServer } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import { Documents } from '../requests/documents.ts';
import { type PersistedQueries, rememberedQueries } from '../requests/persisted-queries.ts';
import type { TrustedDocuments } from '../requests/trusted-documents.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { createApollo } from './apollo.ts';
import type { SharedBackend, Watchers } from './backend.ts';
import { compilationPlugin } from './compilation/compilation-plugin.ts';
import { CompiledOperations } from './compilation/compiled-operations.ts';
import { type ErrorTeller, errorTeller } from './errors.ts';
import { observationPlugin } from './observation-plugin.ts';
import { createSchema } from './schema.ts';

/** What answers GraphQL, by whatever transport it comes. */
export interface Engine extends Watchers {
  readonly schema: GraphQLSchema;
  readonly backend: SharedBackend;
  readonly documents: Documents;
  readonly persisted: PersistedQueries;
  readonly compiled: CompiledOperations;
  readonly tell: ErrorTeller;
  /** Started. */
  readonly apollo: ApolloServer<RequestContext>;
}

export interface EngineOptions extends Watchers {
  readonly backend: SharedBackend;
  /** The only queries that are answered; null for any. */
  readonly trusted: TrustedDocuments | null;
}

export async function startEngine({ backend, trusted, observer, tracer }: EngineOptions): Promise<Engine> {
  const { log } = backend;
  const schema = createSchema();
  const compiled = new CompiledOperations(schema);
  const tell = errorTeller(log);
  const documents = new Documents(schema, trusted);
  const persisted = trusted?.persisted ?? rememberedQueries();
  const plugins = [compilationPlugin(compiled, tell), observationPlugin(observer)];
  const apollo = createApollo({ schema, documents, log, plugins });
  await apollo.start();
  return { schema, backend, documents, persisted, compiled, tell, apollo, observer, tracer };
}
