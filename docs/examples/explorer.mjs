// A small explorer at http://localhost:8080: node explorer.mjs [URL] [PORT]
import { createServer } from 'node:http';

const [url = 'http://localhost:4000/graphql', port = '8080'] = process.argv.slice(2);
const key = process.env.BITQL_KEY;
const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };

const BLOCK = `query ($height: Int, $hash: Hash, $after: Cursor) {
  block(height: $height, hash: $hash) {
    height hash date size transactionCount outputValue fees
    transactions(first: 25, after: $after) { nodes { txid outputValue fee } pageInfo { endCursor hasNextPage } }
  }
}`;
const TRANSACTION = `query ($txid: Hash!) {
  transaction(txid: $txid) {
    txid confirmations fee feeRate size replacedBy removed { reason }
    block { height }
    inputs(first: 100) { coinbase previousTxid spentOutput { value address } }
    outputs(first: 100) { value address data { pushes { utf8 hex } } spentBy { transaction { txid } } }
  }
}`;
const ADDRESS = `query ($address: String!, $after: Cursor) {
  address(address: $address) {
    address
    balance { received spent unspent }
    unspentOutputs(first: 25) { nodes { value index transaction { txid } } }
    transactions(first: 25, after: $after) { nodes { txid confirmations } pageInfo { endCursor hasNextPage } }
  }
}`;

class Html {
  constructor(text) {
    this.text = text;
  }
}

/** A template that escapes its values, unless they are already HTML: chains contain texts of strangers. */
function html(parts, ...values) {
  const plain = (value) => String(value ?? '-').replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0)};`);
  const textOf = (value) =>
    value instanceof Html ? value.text : Array.isArray(value) ? value.map(textOf).join('') : plain(value);
  return new Html(String.raw({ raw: parts }, ...values.map(textOf)));
}

const link = (kind, key) => (key == null ? html`-` : html`<a href="/${kind}/${encodeURIComponent(key)}">${key}</a>`);
const rows = (list, row) =>
  html`<table>${list.map((item) => html`<tr>${row(item).map((cell) => html`<td>${cell}</td>`)}</tr>`)}</table>`;
const facts = (object) => rows(Object.entries(object), (pair) => pair);
const more = ({ endCursor, hasNextPage }) =>
  hasNextPage ? html`<a href="?after=${encodeURIComponent(endCursor)}">more</a>` : '';

function blockPage({ transactions, ...block }) {
  return html`<h1>Block ${block.height}</h1>${link('block', block.height - 1)} ${link('block', block.height + 1)}
    ${facts(block)}<h2>Transactions</h2>
    ${rows(transactions.nodes, ({ txid, outputValue, fee }) => [link('tx', txid), outputValue, fee])}${more(transactions.pageInfo)}`;
}

function transactionPage({ inputs, outputs, block, removed, ...transaction }) {
  const said = (data) => data?.pushes.map(({ utf8, hex }) => utf8 ?? hex).join(' ');
  return html`<h1>Transaction</h1>
    ${facts({ ...transaction, block: link('block', block?.height), removed: removed?.reason })}<h2>Inputs</h2>
    ${rows(inputs, ({ coinbase, previousTxid, spentOutput }) => [
      coinbase ? 'coinbase' : link('tx', previousTxid),
      link('address', spentOutput?.address),
      spentOutput?.value,
    ])}<h2>Outputs</h2>
    ${rows(outputs, ({ value, address, data, spentBy }) => [
      link('address', address),
      value,
      said(data),
      link('tx', spentBy?.transaction.txid),
    ])}`;
}

function addressPage({ address, balance, unspentOutputs, transactions }) {
  return html`<h1>${address}</h1>${facts(balance ?? { balance: 'too many transactions to sum up' })}<h2>Unspent</h2>
    ${rows(unspentOutputs.nodes, ({ value, index, transaction }) => [value, link('tx', transaction.txid), index])}
    <h2>History</h2>
    ${rows(transactions.nodes, ({ txid, confirmations }) => [link('tx', txid), confirmations])}${more(transactions.pageInfo)}`;
}

/** A failure, and the HTTP status of the page that reports it. */
class Trouble extends Error {
  constructor(message, status) {
    super(message);
    this.status = status;
  }
}

async function ask(query, variables) {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(url, { method: 'POST', headers, body }).catch(() => null);
  const { data, errors } = (await response?.json().catch(() => null)) ?? {};
  if (data === undefined && errors === undefined) {
    const message = `No gateway answers at ${url}: is it running, and the address right, with /graphql at its end?`;
    throw new Trouble(message, 502);
  }
  // A balance that is too much work is null. The rest of the page is shown.
  const trouble = errors?.find(({ path }) => path?.at(-1) !== 'balance');
  if (trouble !== undefined) throw new Trouble(trouble.message, trouble.extensions.retryable ? 503 : 400);
  return data;
}

async function page(kind, key, after) {
  const { block, transaction, address } =
    kind === 'block'
      ? await ask(BLOCK, { ...(/^\d+$/.test(key) ? { height: Number(key) } : { hash: key }), after })
      : kind === 'tx'
        ? await ask(TRANSACTION, { txid: key })
        : kind === 'address'
          ? await ask(ADDRESS, { address: key, after })
          : {};
  if (block) return blockPage(block);
  if (transaction) return transactionPage(transaction);
  return address ? addressPage(address) : null;
}

if (!(Number(port) < 65_536)) {
  console.error(`PORT must be a number below 65536: it is ${port}.`);
  process.exit(1);
}
createServer(async (request, response) => {
  response.setHeader('content-type', 'text/html; charset=utf-8');
  try {
    const { pathname, searchParams } = new URL(request.url, 'http://localhost');
    const [, kind, key] = pathname.split('/').map(decodeURIComponent);
    if (kind === '') {
      const { chain } = await ask('{ chain { tip { height } } }');
      response.writeHead(302, { location: `/block/${chain.tip.height}` }).end();
      return;
    }
    const found = await page(kind, key, searchParams.get('after'));
    response.writeHead(found === null ? 404 : 200).end((found ?? html`Nothing has this name here.`).text);
  } catch (error) {
    response.writeHead(error.status ?? 400).end(html`${error.message}`.text);
  }
})
  .listen(Number(port), '127.0.0.1', () => console.log(`The explorer is at http://localhost:${port}.`))
  .on('error', ({ code }) => console.error(`Port ${port} cannot be listened at (${code}): give another one.`));
