// Ends when an address has been paid: node watch-payment.mjs ADDRESS SATOSHIS [CONFIRMATIONS] [URL]
import { createClient } from 'graphql-sse';

const [address, satoshis, confirmations = '6', url = 'http://localhost:4000/graphql'] = process.argv.slice(2);
if (satoshis === undefined) fail('Usage: node watch-payment.mjs ADDRESS SATOSHIS [CONFIRMATIONS] [URL]');
const client = createClient({ url, retryAttempts: 0 });
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

/** Prints a failure once, until an answer comes; ends at a permanent failure. */
function sayWhy(reason) {
  const error = Array.isArray(reason) ? reason[0] : null;
  if (error !== null && !error.extensions.retryable) fail(error.message);
  const why = error?.message ?? `No gateway answers at ${url}: is it running, and the address right?`;
  if (why !== trouble) console.error(`${why} Trying again.`);
  trouble = why;
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
      sayWhy(reason);
    }
    await new Promise((goOn) => setTimeout(goOn, 1_000));
  }
}

/** The transaction that pays enough and has the most confirmations; undefined while there is none. */
async function payment() {
  const body = JSON.stringify({ query: STATE, variables });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
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
  // If the gateway is away, it is queried again when the subscriptions have reached it.
  const found = await payment().catch((reason) => sayWhy(reason) ?? null);
  if (found === null) continue;
  const line =
    found === undefined ? 'not paid yet' : `${found.txid} has ${found.confirmations} of ${confirmations} confirmations`;
  if (line !== shown) console.log(line);
  shown = line;
  if (found?.confirmations >= Number(confirmations)) break;
}
console.log('paid');
process.exit();
