// All posts of an app since a height, and then new ones: node feed.mjs APP [HEIGHT] [URL] [FILE]
import { DatabaseSync } from 'node:sqlite';
import { createClient } from 'graphql-sse';

const [app, height = 'tip', url = 'http://localhost:4000/graphql', file = 'feed.db'] = process.argv.slice(2);
if (app === undefined) fail('Usage: node feed.mjs APP [HEIGHT] [URL] [FILE]');
const client = createClient({ url, retryAttempts: 0 });

// A post is a data output: OP_RETURN, the app's name, a text.
const data = [{ pushes: [{ index: 0, equals: { utf8: app } }] }];
const POST = 'txid block { height } outputs { data { pushes(first: 2) { utf8 } } }';
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

const db = new DatabaseSync(file);
db.exec(`CREATE TABLE IF NOT EXISTS posts (txid TEXT PRIMARY KEY, height INTEGER, text TEXT);
  CREATE TABLE IF NOT EXISTS place (start INTEGER, page TEXT, events TEXT, isLive INTEGER);
  CREATE TABLE IF NOT EXISTS chain (height INTEGER, hash TEXT)`);

function fail(message) {
  console.error(message);
  process.exit(1);
}

/** Posts and the cursor after them are written together, or not at all, so that no post is missed or stored twice. */
function save({ added = [], removed = [], place }) {
  db.exec('BEGIN');
  for (const txid of removed) db.prepare('DELETE FROM posts WHERE txid = ?').run(txid);
  for (const { txid, block, outputs } of added) {
    const post = outputs.find((output) => output.data?.pushes[0]?.utf8 === app);
    const text = post?.data.pushes[1]?.utf8 ?? '';
    db.prepare('INSERT OR REPLACE INTO posts VALUES (?, ?, ?)').run(txid, block?.height ?? null, text);
  }
  db.exec('DELETE FROM place');
  db.prepare('INSERT INTO place VALUES (?, ?, ?, ?)').run(place.start, place.page, place.events, place.isLive);
  db.exec('COMMIT');
  for (const txid of removed) console.log('-', txid);
  for (const { txid, block } of added) console.log('+', txid, block?.height ?? 'unconfirmed');
}

async function ask(query, variables) {
  const body = JSON.stringify({ query, variables });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { data: answer, errors } = await response.json();
  if (errors !== undefined) throw errors;
  trouble = null;
  return answer;
}

let trouble = null;

/** Prints a failure once, until an answer comes. */
function sayWhy(reason) {
  const why = Array.isArray(reason)
    ? reason[0].message
    : `No gateway answers at ${url}: is it running, and the address right?`;
  if (why !== trouble) console.error(`${why} Trying again.`);
  trouble = why;
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
  console.error(
    `The chain at ${url} is another one than that of the posts in ${file}: beginning again from the start.`,
  );
  db.exec('BEGIN; DELETE FROM posts; DELETE FROM place; DELETE FROM chain; COMMIT');
  return false;
}

async function begin() {
  const start = height === 'tip' ? (await ask(TIP)).chain.tip.height : Number(height);
  save({ place: { start, page: null, events: null, isLive: 0 } });
}

/**
 * One page. All pages show the blocks as they were at the first one, which also has unconfirmed posts (if there are more than
 * 100, the others come with their block). Events report all later changes.
 */
async function backfill({ start, page, events }) {
  const variables = { filter: { block: { from: start }, data }, pending: { confirmed: false, data } };
  const { chain, transactions, pending } = await ask(PAGE, { ...variables, after: page, isFirst: events === null });
  const { endCursor, hasNextPage } = transactions.pageInfo;
  const cursor = events ?? chain.cursor;
  if (cursor === null) throw [{ message: 'The index has not reached its node yet.', extensions: { retryable: true } }];
  const added = [...transactions.nodes, ...(pending?.nodes ?? [])];
  save({ added, place: { start, page: endCursor, events: cursor, isLive: hasNextPage ? 0 : 1 } });
}

async function live(place) {
  const variables = { filter: { data }, after: place.events };
  for await (const { data: told, errors } of client.iterate({ query: LIVE, variables })) {
    if (errors !== undefined) throw errors;
    trouble = null;
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
  console.error(`${why} Reading again from block ${from}.`);
  db.prepare('DELETE FROM posts WHERE height IS NULL OR height >= ?').run(from);
  save({ place: { start: from, page: null, events: null, isLive: 0 } });
}

const BEGIN_AGAIN = ['EVENTS_EXPIRED', 'CURSOR_EXPIRED', 'BAD_CURSOR'];
for (let isSame = false; ; ) {
  const place = db.prepare('SELECT * FROM place').get();
  try {
    if (place === undefined) await begin();
    else if (!isSame) isSame = await isSameChain(place);
    else if (place.isLive) {
      await live(place);
      isSame = false;
    } else await backfill(place);
  } catch (reason) {
    isSame = false;
    const { code, retryable } = Array.isArray(reason) ? reason[0].extensions : { retryable: true };
    if (BEGIN_AGAIN.includes(code)) beginAgain(place, reason[0].message);
    else if (!retryable) fail(reason[0].message);
    else {
      sayWhy(reason);
      await new Promise((goOn) => setTimeout(goOn, 1_000));
    }
  }
}
