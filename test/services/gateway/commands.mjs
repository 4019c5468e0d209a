import { deserializePlain, specOf } from './bson.mjs';
import { firstPage, killCursors, nextPage } from './cursors.mjs';
import { CommandError } from './errors.mjs';
import { pool, query } from './postgres.mjs';
import { abort, commit, endSessions, inTransaction } from './transactions.mjs';
import { MAX_MESSAGE } from './wire.mjs';
import { write } from './writes.mjs';

const MAX_BSON = 16 * 1024 * 1024;
const MAX_WRITES = 25_000; // the extension's limit; mongod's is 100,000

/** "isdbgrid" presents it as a mongos: a server that has transactions and belongs to no replica set. */
export const hello = () => ({
  helloOk: true,
  ismaster: true,
  isWritablePrimary: true,
  msg: 'isdbgrid',
  maxBsonObjectSize: MAX_BSON,
  maxMessageSizeBytes: MAX_MESSAGE,
  maxWriteBatchSize: MAX_WRITES,
  localTime: new Date(),
  logicalSessionTimeoutMinutes: 30,
  minWireVersion: 0,
  maxWireVersion: 21,
  readOnly: false,
  ok: 1,
});

/** The commands that need no database, by name in lower case: (command) => reply. */
const serverCommands = {
  hello,
  ismaster: hello,
  ping: () => ({ ok: 1 }),
  buildinfo: () => ({
    version: '7.0.0',
    versionArray: [7, 0, 0, 0],
    gitVersion: 'documentdb',
    maxBsonObjectSize: MAX_BSON,
    ok: 1,
  }),
  connectionstatus: () => ({ authInfo: { authenticatedUsers: [], authenticatedUserRoles: [] }, ok: 1 }),
  getlog: () => ({ totalLinesWritten: 0, log: [], ok: 1 }),
  getparameter: () => ({ ok: 1 }),
  hostinfo: () => ({ system: {}, os: {}, extra: {}, ok: 1 }),
  serverstatus: () => ({
    host: 'documentdb',
    version: '7.0.0',
    process: 'documentdb-gateway',
    uptime: process.uptime(),
    storageEngine: { name: 'documentdb' },
    ok: 1,
  }),
  whatsmyuri: () => ({ you: '127.0.0.1', ok: 1 }),

  startsession: () => ({ id: {}, timeoutMinutes: 30, ok: 1 }),
  refreshsessions: () => ({ ok: 1 }),
  endsessions: (command) => endSessions(command.endSessions),
  killsessions: (command) => endSessions(command.killSessions),
  committransaction: commit,
  aborttransaction: abort,

  getmore: nextPage,
  killcursors: (command) => killCursors(command.cursors),
};

/** The others: (context, command) => reply. The context is { db, client of its transaction or null, sequence }. */
const databaseCommands = {
  find: (context, command) => firstPage(context, 'find_cursor_first_page', command),
  aggregate: (context, command) => firstPage(context, 'aggregate_cursor_first_page', command),
  listcollections: (context, command) => firstPage(context, 'list_collections_cursor_first_page', command),
  listindexes: (context, command) => firstPage(context, 'list_indexes_cursor_first_page', command),
  count: byQuery('SELECT document::bytea FROM documentdb_api.count_query($1, $2)'),
  distinct: byQuery('SELECT document::bytea FROM documentdb_api.distinct_query($1, $2)'),
  explain,

  insert: (context, command) => write(context, 'insert', command),
  update: (context, command) => write(context, 'update', command),
  delete: (context, command) => write(context, 'delete', command),
  findandmodify: byQuery('SELECT p_result::bytea FROM documentdb_api.find_and_modify($1, $2)'),

  create,
  collmod: byQuery('SELECT documentdb_api.coll_mod($1, $3, $2)::bytea', (command) => [command.collMod]),
  drop: (context, command) => drop(context, command.drop),
  dropdatabase,
  renamecollection: ({ client }, command) =>
    single(client, 'SELECT documentdb_api.rename_collection($1)::bytea', [specOf(command)]),
  createindexes: createIndexes,
  dropindexes: byQuery('CALL documentdb_api.drop_indexes($1, $2, NULL)'),

  listdatabases: ({ client }, command) =>
    single(client, 'SELECT documentdb_api.list_databases($1)::bytea', [specOf(command)]),
  dbstats: ({ db, client }) => single(client, 'SELECT documentdb_api.db_stats($1)::bytea', [db]),
  collstats: ({ db, client }, command) =>
    single(client, 'SELECT documentdb_api.coll_stats($1, $2)::bytea', [db, command.collStats]),
  currentop: ({ client }, command) =>
    single(client, 'SELECT document::bytea FROM documentdb_api.current_op_command($1)', [specOf(command)]),
  validate: byQuery('SELECT document::bytea FROM documentdb_api.validate($1, $2)'),
};

/** @param sequence the raw documents of a bulk write, or null */
export async function run(command, sequence) {
  const name = Object.keys(command)[0];
  const key = name.toLowerCase();
  if (Object.hasOwn(serverCommands, key)) return serverCommands[key](command);
  if (!Object.hasOwn(databaseCommands, key))
    throw new CommandError(59, 'CommandNotFound', `no such command: '${name}'`);
  const db = command.$db ?? 'admin';
  return inTransaction(command, (client) => databaseCommands[key]({ db, client, sequence }, command));
}

/** A function of the database ($1) and the command ($2); its single result is the reply. */
function byQuery(text, more = () => []) {
  return ({ db, client }, command) => single(client, text, [db, specOf(command), ...more(command)]);
}

async function single(client, text, values) {
  const [[result]] = await query(client, text, values);
  return { ...deserializePlain(result), ok: 1 };
}

async function create({ db, client }, command) {
  if (command.viewOn)
    return single(client, 'SELECT documentdb_api.create_collection_view($1, $2)::bytea', [db, specOf(command)]);
  const [[created]] = await query(client, 'SELECT documentdb_api.create_collection($1, $2)', [db, command.create]);
  if (!created) throw new CommandError(48, 'NamespaceExists', `Collection ${db}.${command.create} already exists.`);
  return { ok: 1 };
}

async function drop({ db, client }, collection) {
  const [[dropped]] = await query(client, 'SELECT documentdb_api.drop_collection($1, $2)', [db, collection]);
  if (!dropped) throw new CommandError(26, 'NamespaceNotFound', 'ns not found');
  return { ns: `${db}.${collection}`, ok: 1 };
}

async function dropdatabase({ db, client }) {
  await query(client, 'SELECT documentdb_api.drop_database($1)', [db]);
  return { dropped: db, ok: 1 };
}

/** Builds within the call, like a foreground index of a small collection. */
async function createIndexes({ db, client }, command) {
  const text = 'SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2, true)::bytea';
  const reply = await single(client, text, [db, specOf(command)]);
  const shard = Object.values(reply.raw ?? {})[0];
  if (shard && !shard.ok)
    throw new CommandError(shard.code ?? 1, 'CreateIndexFailed', shard.errmsg ?? 'createIndexes failed');
  return { ...(shard ?? reply), ok: 1 };
}

/** PostgreSQL's plan in place of MongoDB's. It says whether an index served the query. */
async function explain({ db, client }, { explain: inner, verbosity }) {
  const fn = inner.find ? 'find' : inner.aggregate ? 'pipeline' : 'count';
  const { rows } = await (client ?? pool).query({
    text: `EXPLAIN (ANALYZE ${verbosity === 'queryPlanner' ? 'off' : 'on'}, FORMAT JSON)
           SELECT document FROM documentdb_api_catalog.bson_aggregation_${fn}($1, $2)`,
    values: [db, specOf(inner)],
  });
  return { queryPlanner: { winningPlan: rows[0]['QUERY PLAN'] }, ok: 1 };
}
