import { workerData } from 'node:worker_threads';
import { answerCalls, answerWith, type Handlers } from './answering.ts';
import type { ReaderCalls, ThreadSettings } from './calls.ts';
import { INDEX_TABLES } from './connection.ts';
import { isOwn } from './own-file.ts';
import { memoryOfFound, packFound, unpackLookUp } from './packing.ts';
import { Reader } from './reader.ts';

/** The thread that reads. A file without tables counts as missing: reading makes none. */
function handlersOf({ file, cacheMiB }: ThreadSettings): Handlers<ReaderCalls> {
  let cache = cacheMiB;
  let reader: Reader | null = null;
  const found = () => {
    if (reader === null && isOwn(file, INDEX_TABLES)) reader = new Reader(file, cache);
    return reader;
  };
  found();
  return {
    read({ lookUps, withState }) {
      const read = found()?.read(lookUps.map(unpackLookUp), withState);
      if (read === undefined) return { result: null };
      const packed = read.found.map(packFound);
      return { result: { found: packed, state: read.state }, moved: packed.flatMap(memoryOfFound) };
    },
    readState: () => ({ result: found()?.readState() ?? null }),
    limitCache({ cacheMiB }) {
      cache = cacheMiB;
      reader?.limitCache(cacheMiB);
      return { result: null };
    },
    close() {
      reader?.close();
      return { result: null };
    },
  };
}

answerCalls(
  () => handlersOf(workerData as ThreadSettings),
  (handlers) => (request) => answerWith(handlers, request),
);
