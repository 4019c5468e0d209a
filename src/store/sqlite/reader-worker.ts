import { workerData } from 'node:worker_threads';
import { answerWith, type Handlers, serve } from './answering.ts';
import type { ReaderCalls, ReaderSettings } from './calls.ts';
import { buffersOf, pack, packPairs, unpackAll, unpackPairs } from './packing.ts';
import { Reader } from './reader.ts';

/** The thread that reads. */
function handlersOf(reader: Reader): Handlers<ReaderCalls> {
  return {
    get({ table, keys }) {
      const result = pack(reader.get(table, unpackAll(keys)));
      return { result, moved: buffersOf(result) };
    },
    scan({ table, ranges, options }) {
      const bounds = unpackPairs(ranges).map(({ key, value }) => ({ min: key, max: value }));
      const result = reader.scan(table, bounds, options).map(({ rows, more }) => ({ rows: packPairs(rows), more }));
      return { result, moved: result.flatMap(({ rows }) => buffersOf(rows)) };
    },
    readState: () => ({ result: reader.readState() }),
    limitCache({ cacheMiB }) {
      reader.limitCache(cacheMiB);
      return { result: null };
    },
    close() {
      reader.close();
      return { result: null };
    },
  };
}

const { file, cacheMiB } = workerData as ReaderSettings;
serve(
  () => handlersOf(new Reader(file, cacheMiB)),
  (handlers) => (request) => answerWith(handlers, request),
);
