import { ChainReader } from '../query/reader.ts';
import { FREE_WORK, MeteredStore, type Work } from '../query/work.ts';
import type { Snapshot } from '../store/snapshot.ts';
import type { ReadStore } from '../store/store.ts';

/** Reads the log of events and the records they refer to, counted as someone's work. */
export class LogReader {
  /** Its reads are counted. */
  readonly store: ReadStore;
  readonly work: Work;
  readonly #store: ReadStore;

  constructor(store: ReadStore, work: Work = FREE_WORK) {
    this.store = new MeteredStore(store, work);
    this.work = work;
    this.#store = store;
  }

  readerAt(snapshot: Snapshot): ChainReader {
    return ChainReader.at(this.#store, snapshot, undefined, this.work);
  }
}
