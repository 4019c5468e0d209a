/** What makes the examples of GraphiQL find something on the chain that is here, in JavaScript for browsers. */
export const EXAMPLES_SCRIPT = `
/** A page is shown after that long at the latest, whatever the gateway does. */
const EXAMPLES_MS = 3000;
/** Without an index, no more blocks can be looked through at once than 1,000. */
const EXAMPLE_BLOCKS = 100;

/** The examples with what the chain has in their places; as they are, where the gateway does not tell. */
async function examplesHere(url, examples) {
  try {
    const { height, address } = await newestBlock(url);
    const from = Math.max(0, height - EXAMPLE_BLOCKS + 1);
    const start = await newestDataStart(url, from);
    return examples
      .replace('from: 0', 'from: ' + from)
      .replace('{ utf8: "hello" }', () => start ?? '{ utf8: "hello" }')
      .replace('ADDRESS', () => address ?? 'ADDRESS');
  } catch {
    return examples;
  }
}

/** @throws where there is none yet, or the gateway does not tell */
async function newestBlock(url) {
  const query = '{ blocks(first: 1) { nodes { height transactions(last: 10) { nodes { outputs(first: 10) { address } } } } } }';
  const [{ height, transactions }] = (await answerTo(url, query)).blocks.nodes;
  const outputs = transactions.nodes.toReversed().flatMap(({ outputs }) => outputs);
  return { height, address: outputs.find(({ address }) => address !== null)?.address };
}

/** How the newest data begins, as a filter takes it. */
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
