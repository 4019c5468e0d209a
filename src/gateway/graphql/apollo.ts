import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { type ASTVisitor, BREAK, GraphQLError, type GraphQLSchema, type ValidationContext } from 'graphql';
import type { Logger } from 'pino';
import type { GraphqlRequest } from '../../client/ask.ts';
import { Pricing } from '../cost/pricing.ts';
import { Documents, MAX_TOKENS } from '../requests/documents.ts';
import { type Backend, RequestContext } from '../resolvers/context.ts';
import { errorFormatter, showErrors } from './errors.ts';
import { costPlugin, deadlinePlugin, operationPlugin, responsePlugin } from './plugins.ts';
import { createSchema } from './schema.ts';

interface ApolloOptions {
  readonly schema: GraphQLSchema;
  /** Every text must pass through it before Apollo sees it: Apollo itself parses and validates none. */
  readonly documents: Documents;
  readonly log: Logger;
  readonly plugins?: ApolloServerPlugin<RequestContext>[];
}

/** The GraphQL server that all transports use. */
export function createApollo(options: ApolloOptions): ApolloServer<RequestContext> {
  const { schema, documents, log, plugins = [] } = options;
  const showError = showErrors(log);
  return new ApolloServer<RequestContext>({
    schema,
    // A public data API is its schema: everyone may read it.
    introspection: true,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: [refuseUnchecked],
    documentStore: documents.store,
    persistedQueries: false,
    formatError: errorFormatter(log),
    stopOnTerminationSignals: false,
    logger: log,
    plugins: [
      // It instruments every field, which would cost more than half of the throughput on large answers.
      ApolloServerPluginCacheControlDisabled(),
      // The landing page would load scripts from elsewhere; GraphiQL is served instead.
      ApolloServerPluginLandingPageDisabled(),
      operationPlugin,
      responsePlugin,
      costPlugin(new Pricing(schema), showError),
      deadlinePlugin(showError),
      ...plugins,
    ],
  });
}

/** Refuses any text that Apollo would parse itself: it was not checked against the limits. */
function refuseUnchecked(context: ValidationContext): ASTVisitor {
  return {
    Document: (node) => {
      context.reportError(new GraphQLError('This text did not come by the way that is checked.', { nodes: [node] }));
      return BREAK;
    },
  };
}

/** The answer of one query in this process, as the gateway would send it. */
export async function executeQuery({ query, variables }: GraphqlRequest, backend: Backend): Promise<object> {
  const schema = createSchema();
  const documents = new Documents(schema);
  const { errors: mistakes } = documents.get(query);
  if (mistakes !== null) return { errors: mistakes.map(showErrors(backend.log)) };
  const apollo = createApollo({ schema, documents, log: backend.log });
  await apollo.start();
  try {
    const request = variables === undefined ? { query } : { query, variables };
    const { body } = await apollo.executeOperation(request, { contextValue: new RequestContext(backend) });
    if (body.kind !== 'single')
      throw new Error('The answer is incremental, but no query of this schema can request that.');
    const { errors, data, extensions } = body.singleResult;
    return { errors, data, extensions };
  } finally {
    await apollo.stop();
  }
}
