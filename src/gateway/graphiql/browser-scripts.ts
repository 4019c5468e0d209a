/**
 * Runs GraphiQL's subscriptions, in JavaScript for browsers: by server-sent events, since GraphiQL's own transport needs a
 * WebSocket client.
 */
export const FETCHER_SCRIPT = `
function isSubscription({ operationName }, documentAST) {
  const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? [];
  const chosen = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  return chosen?.operation === 'subscription';
}

/** The results of a subscription, as they arrive. */
function subscribe(url, params, headers) {
  const stop = new AbortController();
  const results = readResults(url, params, headers, stop.signal);
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => results.next(),
    return() {
      stop.abort();
      return results.return();
    },
  };
}

async function* readResults(url, params, headers, signal) {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json', accept: 'text/event-stream' },
      body: JSON.stringify(params),
      signal,
    });
    if (!response.ok) yield await response.json();
    else yield* resultsIn(response.body.pipeThrough(new TextDecoderStream()).getReader());
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function* resultsIn(reader) {
  let text = '';
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const blocks = (text + part.value).split('\\n\\n');
    text = blocks.pop();
    for (const block of blocks) {
      const result = /^event: next\\ndata: ([^\\n]*)/m.exec(block)?.[1];
      if (result !== undefined) yield JSON.parse(result);
    }
  }
}

/** A fetcher for GraphiQL that leaves everything but subscriptions to another one. */
function fetcherWithSubscriptions(url, answer) {
  return (params, options) =>
    isSubscription(params, options?.documentAST) ? subscribe(url, params, options.headers) : answer(params, options);
}
`;

/** Makes a query of GraphiQL a link, in JavaScript for browsers: the page's address opens it, and follows the editor. */
export const SHARED_QUERY_SCRIPT = `
/** Longer addresses are not used: a gateway accepts 16 KiB of address and headers together. */
const MAX_ADDRESS = 8000;
const SHARED = ['query', 'variables', 'operationName'];

/** What an address makes GraphiQL show; it does not run it. */
function sharedQuery(search) {
  const parameters = new URLSearchParams(search);
  return Object.fromEntries(SHARED.filter((name) => parameters.get(name)).map((name) => [name, parameters.get(name)]));
}

/** The address at which the page shows the content of a tab; without parameters for the default content. */
function addressOf(tab, defaultQuery, path) {
  if (!tab?.query || tab.query === defaultQuery) return path;
  const address = path + '?' + new URLSearchParams(SHARED.filter((name) => tab[name]).map((name) => [name, tab[name]]));
  return address.length > MAX_ADDRESS ? path : address;
}
`;

/** Makes the examples of GraphiQL find something on this chain, in JavaScript for browsers. */
export const EXAMPLES_SCRIPT = `
/** The page is shown after this time at the latest, whatever the gateway does. */
const EXAMPLES_MS = 3000;
/** Without an index, a query can search at most 1,000 blocks. */
const EXAMPLE_BLOCKS = 100;

/** The examples filled in with data of the chain; unchanged if the gateway does not answer. */
async function examplesHere(url, examples) {
  try {
    const { height, address } = await newestBlock(url);
    const from = Math.max(0, height - EXAMPLE_BLOCKS + 1);
    const start = await newestDataStart(url, from);
    return examples
      .replace('from: 0', 'from: ' + from)
      .replaceAll('{ utf8: "hello" }', () => start ?? '{ utf8: "hello" }')
      .replace('ADDRESS', () => address ?? 'ADDRESS');
  } catch {
    return examples;
  }
}

/** @throws if there is no block yet, or the gateway does not answer */
async function newestBlock(url) {
  const query = '{ blocks(first: 1) { nodes { height transactions(last: 10) { nodes { outputs(first: 10) { address } } } } } }';
  const [{ height, transactions }] = (await answerTo(url, query)).blocks.nodes;
  const outputs = transactions.nodes.toReversed().flatMap(({ outputs }) => outputs);
  return { height, address: outputs.find(({ address }) => address !== null)?.address };
}

/** The beginning of the newest data, as a filter. */
async function newestDataStart(url, from) {
  const filter = '{ block: { from: ' + from + ' }, data: { pushes: { index: 0 } } }';
  const query = '{ transactions(first: 1, filter: ' + filter + ') { nodes { outputs { data { pushes { utf8 hex } } } } } }';
  const [transaction] = (await answerTo(url, query)).transactions.nodes;
  const push = transaction?.outputs.flatMap(({ data }) => data?.pushes ?? []).find(({ hex }) => hex !== '');
  if (push === undefined) return undefined;
  const word = /^[A-Za-z0-9 .,:;/_-]{4,12}/.exec(push.utf8 ?? '')?.[0];
  return word === undefined ? '{ hex: "' + push.hex.slice(0, 8) + '" }' : '{ utf8: "' + word + '" }';
}

async function answerTo(url, query) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(EXAMPLES_MS),
  });
  return (await response.json()).data;
}
`;
