// Ends when an address has been paid: node watch-payment.mjs ADDRESS SATOSHIS [CONFIRMATIONS] [URL]
import { createClient } from 'graphql-sse';

const [address, satoshis, confirmations = '6', url = 'http://localhost:4000/graphql'] = process.argv.slice(2);
if (satoshis === undefined) fail('Usage: node watch-payment.mjs ADDRESS SATOSHIS [CONFIRMATIONS] [URL]');
for (const number of [satoshis, confirmations]) if (!/^\d+$/.test(number)) fail(`${number} must be a number.`);
const key = process.env.BITQL_KEY;
const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
const client = createClient({ url, headers, retryAttempts: 0 });
const variables = { address };

const STATE = `query ($address: String!) {
  address(address: $address) {
    lockingScript
    transactions(first: 100) {
      nodes { txid confirmations outputs { value lockingScript } }
    }
  }
}`;
// Each sends a heartbeat at once. The next query of the state shows everything that happened before it.
const NEWS = [
  'subscription ($address: String!) { address(addresses: [$address], heartbeat: true) { kind by transaction { txid } } }',
  'subscription { blocks(heartbeat: true) { kind } }',
];

function fail(message) {
  console.error(message);
  process.exit(1);
}

let news = Promise.withResolvers();
let trouble = null;

/** The failure, in the form of a GraphQL error. */
async function errorOf(reason) {
  if (Array.isArray(reason)) return reason[0];
  const answer = await reason.response?.json().catch(() => null);
  const message = `No gateway answers at ${url}: is it running, and the address right, with /graphql at its end?`;
  const error = answer?.errors?.[0] ?? { message, extensions: { retryable: true } };
  const retryAfter = reason.response?.headers.get('retry-after');
  return { ...error, extensions: { retryAfter, ...error.extensions } };
}

/** Prints a failure once, and waits as long as the gateway says; ends at a permanent failure. */
async function waitAfter({ message, extensions: { code = message, retryable, retryAfter } }) {
  if (!retryable) fail(message);
  if (code !== trouble) console.error(`${message} Trying again.`);
  trouble = code;
  await new Promise((goOn) => setTimeout(goOn, (Number(retryAfter) || 1) * 1_000));
}

async function follow(query) {
  for (;;) {
    try {
      for await (const { data, errors } of client.iterate({ query, variables })) {
        if (errors !== undefined) throw errors;
        trouble = null;
        const { kind, by, transaction } = data.address ?? data.blocks;
        if (kind === 'REORGANISED') console.log(`${transaction.txid} is out of its block`);
        if (kind === 'REMOVED') console.log(`${transaction.txid} is gone${by === null ? '' : `, for ${by}`}`);
        news.resolve();
      }
    } catch (reason) {
      await waitAfter(await errorOf(reason));
    }
    await new Promise((goOn) => setTimeout(goOn, 1_000));
  }
}

/** The transaction that pays enough and has the most confirmations; undefined while there is none. */
async function payment() {
  const body = JSON.stringify({ query: STATE, variables });
  const response = await fetch(url, { method: 'POST', headers, body });
  if (!response.ok) throw { response };
  const { data, errors } = await response.json();
  if (errors !== undefined) throw errors;
  const { lockingScript, transactions } = data.address;
  const paid = ({ outputs }) =>
    outputs.reduce((sum, output) => (output.lockingScript === lockingScript ? sum + output.value : sum), 0);
  const paying = transactions.nodes.filter((transaction) => paid(transaction) >= Number(satoshis));
  return paying.toSorted((a, b) => b.confirmations - a.confirmations)[0];
}

for (const query of NEWS) follow(query);
for (let shown = ''; ; ) {
  await news.promise;
  // Before the query, so that events during it are not missed.
  news = Promise.withResolvers();
  const found = await payment().catch(async (reason) => {
    await waitAfter(await errorOf(reason));
    // To query again.
    news.resolve();
    return null;
  });
  if (found === null) continue;
  const line =
    found === undefined ? 'not paid yet' : `${found.txid} has ${found.confirmations} of ${confirmations} confirmations`;
  if (line !== shown) console.log(line);
  shown = line;
  if (found?.confirmations >= Number(confirmations)) break;
}
console.log('paid');
process.exit();
