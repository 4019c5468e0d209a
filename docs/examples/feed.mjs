// All posts of an app since a height, and then new ones: node feed.mjs APP [HEIGHT] [URL] [FILE]
import { DatabaseSync } from 'node:sqlite';
import { createClient } from 'graphql-sse';

const [app, height = 'tip', url = 'http://localhost:4000/graphql', file = 'feed.db'] = process.argv.slice(2);
if (app === undefined) fail('Usage: node feed.mjs APP [HEIGHT] [URL] [FILE]');
if (!/^(tip|\d+)$/.test(height)) fail(`HEIGHT must be a number, or tip: it is ${height}.`);
const key = process.env.BITQL_KEY;
const headers = { 'content-type': 'application/json', ...(key && { authorization: `Bearer ${key}` }) };
const client = createClient({ url, headers, retryAttempts: 0 });

// A post is a data output: OP_RETURN, the app's name, a text. For anything else change all three: `filter` finds transactions, `OUTPUT`
// has the fields of their outputs, and `textOf` gives the text of an output, or null if the output is no post.
const filter = { data: [{ pushes: [{ index: 0, equals: { utf8: app } }] }] };
const OUTPUT = 'data { pushes(first: 2) { utf8 hex } }';
const textOf = ({ data }) => {
  const [name, text] = data?.pushes ?? [];
  return name?.utf8 === app ? (text?.utf8 ?? text?.hex ?? '') : null;
};

const POST = `txid block { height } outputs { index ${OUTPUT} }`;
const TIP = '{ chain { tip { height } } }';
const BLOCK = 'query ($height: Int!) { block(height: $height) { hash } }';
const PAGE = `query ($filter: TransactionFilter, $after: Cursor, $pending: TransactionFilter, $isFirst: Boolean!) {
  chain { cursor }
  pending: transactions(filter: $pending, first: 100) @include(if: $isFirst) { nodes { ${POST} } }
  transactions(filter: $filter, order: OLDEST_FIRST, first: 100, after: $after) {
    nodes { ${POST} }
    pageInfo { endCursor hasNextPage }
  }
}`;
const LIVE = `subscription ($filter: TransactionFilter, $after: EventCursor) {
  transactions(filter: $filter, after: $after, heartbeat: true) { cursor kind transaction { ${POST} } }
}`;

const db = open();
let trouble = null;

function open() {
  try {
    // Another program may have locked the file for a moment.
    const opened = new DatabaseSync(file, { timeout: 5_000 });
    opened.exec(`CREATE TABLE IF NOT EXISTS posts (txid TEXT, output INTEGER, height INTEGER, text TEXT, PRIMARY KEY (txid, output));
      CREATE TABLE IF NOT EXISTS place (start INTEGER, page TEXT, events TEXT, isLive INTEGER);
      CREATE TABLE IF NOT EXISTS chain (height INTEGER, hash TEXT)`);
    return opened;
  } catch (error) {
    fail(`The file ${file} cannot be used: ${error.message}.`);
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Writes all changes, or none. */
function write(change) {
  try {
    db.exec('BEGIN IMMEDIATE');
    const lines = change();
    db.exec('COMMIT');
    return lines;
  } finally {
    if (db.isTransaction) db.exec('ROLLBACK');
  }
}

/** Posts and the cursor after them are written together, so that no post is missed or stored twice. */
function save({ added = [], removed = [], place }) {
  const lines = write(() => {
    setPlace(place);
    return [...removed.filter(remove).map((txid) => `- ${txid}`), ...added.flatMap(add)];
  });
  trouble = null;
  for (const line of lines) console.log(line);
}

function setPlace({ start, page = null, events = null, isLive = 0 }) {
  db.exec('DELETE FROM place');
  db.prepare('INSERT INTO place VALUES (?, ?, ?, ?)').run(start, page, events, isLive);
}

const remove = (txid) => db.prepare('DELETE FROM posts WHERE txid = ?').run(txid).changes > 0;

/** A transaction may have several posts. */
function add({ txid, block, outputs }) {
  const all = outputs.map((output) => ({ index: output.index, text: textOf(output) }));
  const posts = all.filter(({ text }) => text !== null);
  if (posts.length === 0)
    console.error(`${txid} is found by \`filter\`, but \`textOf\` finds no post in it: change both.`);
  const insert = db.prepare('INSERT OR REPLACE INTO posts VALUES (?, ?, ?, ?)');
  for (const { index, text } of posts) insert.run(txid, index, block?.height ?? null, text);
  return posts.map(() => `+ ${txid} ${block?.height ?? 'unconfirmed'}`);
}

async function ask(query, variables) {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(url, { method: 'POST', headers, body });
  if (!response.ok) throw { response };
  const { data: answer, errors } = await response.json();
  if (errors !== undefined) throw errors;
  return answer;
}

/** The failure, in the form of a GraphQL error. */
async function errorOf(reason) {
  if (Array.isArray(reason)) return reason[0];
  const extensions = { retryable: true };
  if (reason.code === 'ERR_SQLITE_ERROR') return { message: `The file ${file}: ${reason.message}.`, extensions };
  const answer = await reason.response?.json().catch(() => null);
  const message = `No gateway answers at ${url}: is it running, and the address right, with /graphql at its end?`;
  const error = answer?.errors?.[0] ?? { message, extensions };
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

const hashAt = async (height) => (await ask(BLOCK, { height })).block?.hash ?? null;

/** Deletes the posts of another chain: a new test chain may have the same address as an earlier one. */
async function isSameChain({ start }) {
  const known = db.prepare('SELECT * FROM chain').get();
  if (known === undefined) {
    // Deep enough that no reorganisation removes it.
    const height = Math.max(1, start - 100);
    const hash = await hashAt(height);
    if (hash !== null) db.prepare('INSERT INTO chain VALUES (?, ?)').run(height, hash);
    return true;
  }
  if (known.hash === (await hashAt(known.height))) return true;
  write(() => db.exec('DELETE FROM posts; DELETE FROM place; DELETE FROM chain'));
  console.error(
    `The chain at ${url} is another one than that of the posts in ${file}: beginning again from the start.`,
  );
  return false;
}

async function begin() {
  save({ place: { start: height === 'tip' ? (await ask(TIP)).chain.tip.height : Number(height) } });
}

/**
 * One page. All pages show the blocks as they were at the first one, which also has unconfirmed posts (if there are more than
 * 100, the others come with their block). Events report all later changes.
 */
async function backfill({ start, page, events }) {
  const variables = { filter: { ...filter, block: { from: start } }, pending: { ...filter, confirmed: false } };
  const { chain, transactions, pending } = await ask(PAGE, { ...variables, after: page, isFirst: events === null });
  const { endCursor, hasNextPage } = transactions.pageInfo;
  const cursor = events ?? chain.cursor;
  if (cursor === null) throw [{ message: 'The index has not reached its node yet.', extensions: { retryable: true } }];
  const added = [...transactions.nodes, ...(pending?.nodes ?? [])];
  save({ added, place: { start, page: endCursor, events: cursor, isLive: hasNextPage ? 0 : 1 } });
}

async function live(place) {
  const variables = { filter, after: place.events };
  for await (const { data: told, errors } of client.iterate({ query: LIVE, variables })) {
    if (errors !== undefined) throw errors;
    const { cursor, kind, transaction } = told.transactions;
    const added = ['ACCEPTED', 'CONFIRMED'].includes(kind) ? [transaction] : [];
    // If it is still there after a reorganisation, an event reports that next.
    const removed = ['REORGANISED', 'REMOVED'].includes(kind) ? [transaction.txid] : [];
    save({ added, removed, place: { ...place, events: cursor } });
  }
}

/** The cursor is too old, or from an earlier index. Posts far below the newest one stay as they are. */
function beginAgain({ start }, why) {
  const { newest } = db.prepare('SELECT max(height) AS newest FROM posts').get();
  const from = Math.max(start, (newest ?? 0) - 100);
  write(() => {
    db.prepare('DELETE FROM posts WHERE height IS NULL OR height >= ?').run(from);
    setPlace({ start: from });
  });
  console.error(`${why} Reading again from block ${from}.`);
}

const BEGIN_AGAIN = ['EVENTS_EXPIRED', 'CURSOR_EXPIRED', 'BAD_CURSOR'];
let isSame = false;

async function goOn() {
  const place = db.prepare('SELECT * FROM place').get();
  try {
    if (place === undefined) await begin();
    else if (!isSame) isSame = await isSameChain(place);
    else if (!place.isLive) await backfill(place);
    else {
      await live(place);
      isSame = false;
    }
  } catch (reason) {
    isSame = false;
    const error = await errorOf(reason);
    if (!BEGIN_AGAIN.includes(error.extensions.code)) throw [error];
    beginAgain(place, error.message);
  }
}

for (;;) {
  try {
    await goOn();
  } catch (reason) {
    await waitAfter(await errorOf(reason));
  }
}
