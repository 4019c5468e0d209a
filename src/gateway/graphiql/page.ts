import { DEFAULT_QUERY } from './default-query.ts';
import { EXAMPLES_SCRIPT } from './examples-script.ts';
import { FETCHER_SCRIPT } from './fetcher-script.ts';
import { SHARED_QUERY_SCRIPT } from './shared-query-script.ts';

/**
 * The page and its start script refer to everything by addresses relative to their own, so that a gateway may stand
 * behind any path of a proxy.
 */
export const GRAPHIQL_PAGE = `<!doctype html>
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

export const START_STYLE = `html, body, #graphiql { height: 100%; margin: 0; }
`;

export const START_SCRIPT = `${FETCHER_SCRIPT}${SHARED_QUERY_SCRIPT}${EXAMPLES_SCRIPT}
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

/** Nothing from elsewhere, and no inline script. CodeMirror and the menus place themselves by inline styles. */
export const CONTENT_SECURITY_POLICY = [
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
