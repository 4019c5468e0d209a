import { workerData } from 'node:worker_threads';
import { answerCalls, answerWith, type Handlers } from '../../store/sqlite/answering.ts';
import type { AccessCalls } from './access-calls.ts';
import { AccessTables } from './access-tables.ts';

/** The thread that has the file open. */
function handlersOf(tables: AccessTables): Handlers<AccessCalls> {
  return {
    addKey: (key) => ({ result: tables.addKey(key) }),
    findKey: (id) => ({ result: tables.findKey(id) }),
    keys: () => ({ result: tables.keys() }),
    removeKey(id) {
      tables.removeKey(id);
      return { result: null };
    },
    markUsed({ id, at }) {
      tables.markUsed(id, at);
      return { result: null };
    },
    grant: (ask) => ({ result: tables.grant(ask) }),
    takeBack(points) {
      tables.takeBack(points);
      return { result: null };
    },
    close() {
      tables.close();
      return { result: null };
    },
  };
}

const { file } = workerData as { readonly file: string };
answerCalls(
  () => handlersOf(new AccessTables(file)),
  (handlers) => (request) => answerWith(handlers, request),
);
