import { workerData } from 'node:worker_threads';
import { answerCalls, answerWith, type Handlers } from './answering.ts';
import type { WriterCalls, WriterSettings } from './calls.ts';
import { memoryOf, unpackAll } from './packing.ts';
import { Writer } from './writer.ts';
import { type TurnWork, WriterTurns } from './writer-turns.ts';

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

function workOf(writer: Writer): TurnWork {
  const handlers = handlersOf(writer);
  return {
    answer: (request) => answerWith(handlers, request),
    merge() {
      try {
        return writer.merge();
      } catch {
        // Nothing is lost. If the cause remains, the next write reports it; if not, merging continues after that write.
        writer.giveUpMerging();
        return false;
      }
    },
    get owesMerging() {
      return writer.owesMerging;
    },
  };
}

const { file, cacheMiB, segments } = workerData as WriterSettings;
answerCalls(
  () => new WriterTurns(workOf(new Writer(file, cacheMiB, segments))),
  (turns) => (request) => turns.take(request),
);
