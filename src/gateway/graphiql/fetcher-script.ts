/**
 * What GraphiQL runs subscriptions with, in JavaScript for browsers: by server-sent events, since what it brings itself
 * needs a WebSocket client.
 */
export const FETCHER_SCRIPT = `
function isSubscription({ operationName }, documentAST) {
  const operations = documentAST?.definitions.filter(({ kind }) => kind === 'OperationDefinition') ?? [];
  const chosen = operations.find(({ name }) => name?.value === operationName) ?? operations[0];
  return chosen?.operation === 'subscription';
}

/** The results of a subscription, as they come. */
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

/** A fetcher for GraphiQL that leaves what is no subscription to another one. */
function fetcherWithSubscriptions(url, answer) {
  return (params, options) =>
    isSubscription(params, options?.documentAST) ? subscribe(url, params, options.headers) : answer(params, options);
}
`;
