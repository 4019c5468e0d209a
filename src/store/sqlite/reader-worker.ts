import { workerData } from 'node:worker_threads';
import { answerCalls, answerWith, type Handlers } from './answering.ts';
import type { ReaderCalls, ReaderSettings } from './calls.ts';
import { memoryOfFound, packFound, unpackLookUp } from './packing.ts';
import { Reader } from './reader.ts';

/** The thread that reads. */
function handlersOf(reader: Reader): Handlers<ReaderCalls> {
  return {
    read({ lookUps, withState }) {
      const { found, state } = reader.read(lookUps.map(unpackLookUp), withState);
      const packed = found.map(packFound);
      return { result: { found: packed, state }, moved: packed.flatMap(memoryOfFound) };
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
answerCalls(
  () => handlersOf(new Reader(file, cacheMiB)),
  (handlers) => (request) => answerWith(handlers, request),
);
