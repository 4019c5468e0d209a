import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import type { RequestContext } from './context.ts';
import { errorFormatter, errorTeller } from './errors.ts';
import { costPlugin } from './limits/cost-plugin.ts';
import { deadlinePlugin } from './limits/deadline-plugin.ts';
import { Pricing } from './limits/pricing.ts';
import type { TrustedDocuments } from './limits/trusted-documents.ts';
import { validationRules } from './limits/validation-rules.ts';
import { operationPlugin } from './operation-plugin.ts';
import { responsePlugin } from './response-plugin.ts';

/** Of a query text. */
export const MAX_TOKENS = 2_000;

/** The GraphQL server behind every transport. */
export function createApollo(
  schema: GraphQLSchema,
  log: Logger,
  plugins: ApolloServerPlugin<RequestContext>[] = [],
  trusted: TrustedDocuments | null = null,
): ApolloServer<RequestContext> {
  return new ApolloServer<RequestContext>({
    schema,
    // A public data API is its schema: everyone may read it.
    introspection: true,
    csrfPrevention: true,
    allowBatchedHttpRequests: false,
    includeStacktraceInErrorResponses: false,
    parseOptions: { maxTokens: MAX_TOKENS },
    validationRules: validationRules(trusted),
    ...(trusted === null ? {} : { persistedQueries: { cache: trusted.cache } }),
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
      costPlugin(new Pricing(schema), errorTeller(log)),
      deadlinePlugin(errorTeller(log)),
      ...plugins,
    ],
  });
}
