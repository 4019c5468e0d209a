import { deserializePlain, specOf } from './bson.mjs';
import { commandError, WRITE_CONFLICT, writeErrorCode } from './errors.mjs';
import { query } from './postgres.mjs';
import { documentsOf } from './wire.mjs';

const ATTEMPTS = 50;

/** insert, update and delete. The documents of a bulk write reach the extension as the driver sent them. */
export async function write(context, fn, command) {
  let reply = await attempt(context, fn, command);
  if (context.client) return reply; // a conflict is the transaction's, and its client repeats it
  for (let n = 1; n < ATTEMPTS && hasConflict(reply) && context.sequence; n++) {
    reply = await repeatConflicting(context, fn, command, reply);
  }
  return reply;
}

const hasConflict = (reply) => reply.writeErrors?.some(({ code }) => code === WRITE_CONFLICT);

async function attempt(context, fn, command) {
  for (let n = 1; ; n++) {
    try {
      const text = `SELECT p_result::bytea FROM documentdb_api.${fn}($1, $2, $3)`;
      const [[result]] = await query(context.client, text, [context.db, specOf(command), context.sequence]);
      const reply = { ok: 1, ...deserializePlain(result) };
      for (const failure of reply.writeErrors ?? []) [failure.code, failure.codeName] = writeErrorCode(failure.code);
      return reply;
    } catch (error) {
      if (context.client || n === ATTEMPTS || commandError(error).code !== WRITE_CONFLICT) throw error;
    }
  }
}

/**
 * MongoDB itself repeats a single write that conflicts with another one; PostgreSQL gives it up, as a deadlock. Those
 * writes of a bulk are sent once more (of an ordered one, all from the conflict on) and the two replies made one.
 */
async function repeatConflicting(context, fn, command, reply) {
  const documents = documentsOf(context.sequence);
  const failed = reply.writeErrors.filter(({ code }) => code === WRITE_CONFLICT).map(({ index }) => index);
  const indexes = command.ordered === false ? failed : documents.map((_, index) => index).slice(failed[0]);
  const sequence = Buffer.concat(indexes.map((index) => documents[index]));
  const again = await attempt({ ...context, sequence }, fn, command);
  const placed = (entries = []) => entries.map((entry) => ({ ...entry, index: indexes[entry.index] }));
  const merged = { ...reply, n: reply.n + again.n };
  if (reply.nModified !== undefined) merged.nModified = reply.nModified + again.nModified;
  if (reply.upserted || again.upserted) merged.upserted = [...(reply.upserted ?? []), ...placed(again.upserted)];
  merged.writeErrors = [
    ...reply.writeErrors.filter(({ code }) => code !== WRITE_CONFLICT),
    ...placed(again.writeErrors),
  ];
  if (merged.writeErrors.length === 0) delete merged.writeErrors;
  return merged;
}
