import { existsSync } from 'node:fs';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';
import { packagePath } from '../../package-root.ts';
import { EXAMPLES_SCRIPT, FETCHER_SCRIPT, SHARED_QUERY_SCRIPT } from './browser-scripts.ts';
import { DEFAULT_QUERY } from './default-query.ts';

/** GraphiQL at `/graphiql`, from our own files: it works without any other server. */
export async function graphiqlRoutes(fastify: FastifyInstance): Promise<void> {
  const folder = packagePath('assets', 'graphiql');
  fastify.addHook('onSend', async (_request, reply) => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
  });
  if (!existsSync(folder)) {
    fastify.get('/graphiql', (_request, reply) =>
      reply.code(404).send('The files of GraphiQL are missing: run "npm run prepare" in the folder of BitQL.\n'),
    );
    return;
  }
  fastify.get('/graphiql', (_request, reply) => reply.type('text/html').send(GRAPHIQL_PAGE));
  fastify.get('/graphiql/start.js', (_request, reply) => reply.type('text/javascript').send(START_SCRIPT));
  fastify.get('/graphiql/start.css', (_request, reply) => reply.type('text/css').send(START_STYLE));
  await fastify.register(fastifyStatic, { root: folder, prefix: '/graphiql/', decorateReply: false, maxAge: '1d' });
}

/**
 * The page and its start script use addresses relative to their own, so that a gateway may be served at any path of a proxy.
 */
const GRAPHIQL_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>BitQL</title>
    <link rel="icon" href="data:," />
    <link rel="stylesheet" href="graphiql/graphiql.min.css" />
    <link rel="stylesheet" href="graphiql/start.css" />
  </head>
  <body>
    <div id="graphiql">Loading...</div>
    <script src="graphiql/react.production.min.js"></script>
    <script src="graphiql/react-dom.production.min.js"></script>
    <script src="graphiql/graphiql.min.js"></script>
    <script src="graphiql/start.js"></script>
  </body>
</html>
`;

const START_STYLE = `html, body, #graphiql { height: 100%; margin: 0; }
`;

const START_SCRIPT = `${FETCHER_SCRIPT}${SHARED_QUERY_SCRIPT}${EXAMPLES_SCRIPT}
async function start() {
  const { React, ReactDOM, GraphiQL } = window;
  const url = new URL('graphql', location.href).href;
  const fetcher = fetcherWithSubscriptions(url, GraphiQL.createFetcher({ url }));
  const defaultQuery = await examplesHere(url, ${JSON.stringify(DEFAULT_QUERY)});
  const onTabChange = ({ tabs, activeTabIndex }) =>
    history.replaceState(null, '', addressOf(tabs[activeTabIndex], defaultQuery, location.pathname));
  const page = React.createElement(GraphiQL, { fetcher, defaultQuery, onTabChange, ...sharedQuery(location.search) });
  ReactDOM.createRoot(document.getElementById('graphiql')).render(page);
}

start();
`;

/** Nothing from elsewhere, and no inline script. CodeMirror and the menus position themselves by inline styles. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "font-src 'self' data:",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');
