import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import { type ASTVisitor, BREAK, GraphQLError, type GraphQLSchema, type ValidationContext } from 'graphql';
import type { Logger } from 'pino';
import { Pricing } from '../cost/pricing.ts';
import { type Documents, MAX_TOKENS } from '../requests/documents.ts';
import type { RequestContext } from '../resolvers/context.ts';
import { costPlugin } from './cost-plugin.ts';
import { deadlinePlugin } from './deadline-plugin.ts';
import { errorFormatter, errorTeller } from './errors.ts';
import { operationPlugin } from './operation-plugin.ts';
import { responsePlugin } from './response-plugin.ts';

/** What the GraphQL server answers by. */
export interface ApolloOptions {
  readonly schema: GraphQLSchema;
  /** To be asked for each text before Apollo is: it parses and validates none itself. */
  readonly documents: Documents;
  readonly log: Logger;
  readonly plugins?: ApolloServerPlugin<RequestContext>[];
}

/** The GraphQL server behind every transport. */
export function createApollo(options: ApolloOptions): ApolloServer<RequestContext> {
  const { schema, documents, log, plugins = [] } = options;
  const tell = errorTeller(log);
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
      // Its instrumentation of every field would cost more than half of the throughput on large answers.
      ApolloServerPluginCacheControlDisabled(),
      // The landing page would load its scripts from elsewhere; GraphiQL is served instead.
      ApolloServerPluginLandingPageDisabled(),
      operationPlugin,
      responsePlugin,
      costPlugin(new Pricing(schema), tell),
      deadlinePlugin(tell),
      ...plugins,
    ],
  });
}

/** For texts that Apollo would have to understand itself: none was held to the limits, so none is answered. */
function refuseUnchecked(context: ValidationContext): ASTVisitor {
  return {
    Document: (node) => {
      context.reportError(new GraphQLError('This text did not come by the way that is checked.', { nodes: [node] }));
      return BREAK;
    },
  };
}
