import { noSuchTransaction } from './errors.mjs';
import { pool } from './postgres.mjs';

const LIFETIME_MS = 60_000; // MongoDB's transactionLifetimeLimitSeconds

/** Open transactions by their session's id: each has a connection of its own while it lasts. */
const open = new Map();

const sessionOf = ({ lsid }) => Buffer.from(lsid.id.buffer).toString('hex');

/** Runs one command: within its session's transaction, if it belongs to one, else on any connection (null). */
export async function inTransaction(command, work) {
  if (command.autocommit !== false) return work(null);
  const session = sessionOf(command);
  if (command.startTransaction) await begin(session, String(command.txnNumber));
  const transaction = open.get(session);
  if (transaction?.number !== String(command.txnNumber)) throw noSuchTransaction();
  try {
    return await work(transaction.client);
  } catch (error) {
    await end(session, 'ROLLBACK');
    throw error;
  }
}

async function begin(session, number) {
  await end(session, 'ROLLBACK');
  const client = await pool.connect();
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
  open.set(session, { client, number, startedAt: Date.now() });
}

export async function commit(command) {
  await end(sessionOf(command), 'COMMIT');
  return { ok: 1 };
}

export async function abort(command) {
  if (!(await end(sessionOf(command), 'ROLLBACK'))) throw noSuchTransaction();
  return { ok: 1 };
}

export async function endSessions(ids) {
  for (const id of ids) await end(sessionOf({ lsid: id }), 'ROLLBACK');
  return { ok: 1 };
}

async function end(session, how) {
  const transaction = open.get(session);
  if (!transaction) return false;
  open.delete(session);
  let failure;
  try {
    await transaction.client.query(how);
  } catch (error) {
    failure = error;
    throw error;
  } finally {
    transaction.client.release(failure);
  }
  return true;
}

setInterval(() => {
  const cutoff = Date.now() - LIFETIME_MS;
  for (const [session, { startedAt }] of open) if (startedAt < cutoff) end(session, 'ROLLBACK').catch(() => {});
}, 5_000).unref();
