import { existsSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { answerCalls, answerWith, type Handlers } from '../store/sqlite/answering.ts';
import { AccessTables } from './access-tables.ts';
import type { AccessCalls } from './sqlite-access.ts';

/** Handles the calls in the thread that has the file open. A missing file counts as empty; the first write creates it. */
function handlersOf(file: string): Handlers<AccessCalls> {
  let tables = existsSync(file) ? new AccessTables(file) : null;
  const made = () => {
    tables ??= new AccessTables(file);
    return tables;
  };
  const found = () => (tables !== null || existsSync(file) ? made() : null);
  return {
    addKey: (key) => ({ result: made().addKey(key) }),
    findKey: (id) => ({ result: found()?.findKey(id) ?? null }),
    keys: () => ({ result: found()?.keys() ?? [] }),
    removeKey(id) {
      found()?.removeKey(id);
      return { result: null };
    },
    markUsed({ id, at }) {
      found()?.markUsed(id, at);
      return { result: null };
    },
    grant: (ask) => ({ result: made().grant(ask) }),
    takeBack(points) {
      found()?.takeBack(points);
      return { result: null };
    },
    close() {
      tables?.close();
      return { result: null };
    },
  };
}

const { file } = workerData as { readonly file: string };
answerCalls(
  () => handlersOf(file),
  (handlers) => (request) => answerWith(handlers, request),
);
