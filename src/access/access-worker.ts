import { workerData } from 'node:worker_threads';
import { answerCalls, answerWith, type Handlers } from '../store/sqlite/answering.ts';
import { claim, isOwn } from '../store/sqlite/own-file.ts';
import { ACCESS_TABLES, AccessTables } from './access-tables.ts';
import type { AccessCalls } from './sqlite-access.ts';

/** Handles the calls in the thread that has the file open. A missing file counts as empty; the first write creates it. */
function handlersOf(file: string): Handlers<AccessCalls> {
  let tables: AccessTables | null = null;
  let isClaimed = false;
  const found = () => {
    if (tables === null && isOwn(file, ACCESS_TABLES)) tables = new AccessTables(file);
    return tables;
  };
  const made = () => {
    if (!isClaimed) claim(file, ACCESS_TABLES);
    isClaimed = true;
    tables ??= new AccessTables(file);
    return tables;
  };
  found();
  return {
    prepare() {
      made();
      return { result: null };
    },
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
