import { workerData } from 'node:worker_threads';
import { answerCalls, answerWith, type Handlers } from './answering.ts';
import type { ThreadSettings, WriterCalls } from './calls.ts';
import { memoryOf, unpackAll } from './packing.ts';
import { Writer } from './writer.ts';
import { WriterTurns } from './writer-turns.ts';

/** The thread that writes. */
function handlersOf(writer: Writer): Handlers<WriterCalls> {
  return {
    write({ batch }) {
      writer.write(batch);
      return { result: batch, moved: memoryOf(batch) };
    },
    replace({ batch }) {
      writer.replace(batch);
      return { result: null };
    },
    remove({ table, keys }) {
      writer.remove(table, unpackAll(keys));
      return { result: null };
    },
    compareAndSetState: ({ expectedRevision, value }) => ({
      result: writer.compareAndSetState(expectedRevision, value),
    }),
    close() {
      writer.close();
      return { result: null };
    },
  };
}

const { file, cacheMiB } = workerData as ThreadSettings;
answerCalls(
  () => {
    const handlers = handlersOf(new Writer(file, cacheMiB));
    return new WriterTurns((request) => answerWith(handlers, request));
  },
  (turns) => (request) => turns.take(request),
);
