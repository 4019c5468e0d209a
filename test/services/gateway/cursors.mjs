import { Long } from 'bson';
import { specOf } from './bson.mjs';
import { CommandError } from './errors.mjs';
import { pool, query } from './postgres.mjs';

const IDLE_MS = 10 * 60_000;

/** Open cursors by id. Some have a connection of their own until they are read or closed. */
const open = new Map();
let lastId = Date.now();

/** The first page of a result; further ones are for getMore. The extension writes the cursor's id into the page. */
export async function firstPage(context, fn, command) {
  const id = ++lastId;
  const own = context.client ? null : await pool.connect();
  let kept = false;
  try {
    const [[page, continuation, needsConnection]] = await query(
      context.client ?? own,
      `SELECT cursorpage::bytea, continuation::bytea, persistconnection FROM documentdb_api.${fn}($1, $2, $3)`,
      [context.db, specOf(command), id],
    );
    if (continuation) {
      kept = needsConnection && own !== null;
      open.set(id, { continuation, db: context.db, client: kept ? own : context.client, kept, usedAt: Date.now() });
    }
    return page;
  } finally {
    if (!kept) own?.release();
  }
}

export async function nextPage(command) {
  const id = Number(command.getMore);
  const cursor = open.get(id);
  if (!cursor) throw new CommandError(43, 'CursorNotFound', `cursor id ${id} not found`);
  const [[page, continuation]] = await query(
    cursor.client,
    'SELECT cursorpage::bytea, continuation::bytea FROM documentdb_api.cursor_get_more($1, $2, $3)',
    [cursor.db, specOf({ ...command, getMore: Long.fromNumber(id) }), cursor.continuation],
  );
  if (continuation) Object.assign(cursor, { continuation, usedAt: Date.now() });
  else close(id);
  return page;
}

export function killCursors(ids) {
  const [killed, missing] = [[], []];
  for (const id of ids) (close(Number(id)) ? killed : missing).push(id);
  return { cursorsKilled: killed, cursorsNotFound: missing, cursorsAlive: [], cursorsUnknown: [], ok: 1 };
}

function close(id) {
  const cursor = open.get(id);
  if (cursor?.kept) cursor.client.release();
  return open.delete(id);
}

setInterval(() => {
  const cutoff = Date.now() - IDLE_MS;
  for (const [id, cursor] of open) if (cursor.usedAt < cutoff) close(id);
}, 60_000).unref();
