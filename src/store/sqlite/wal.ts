import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { BUSY_MS } from './connection.ts';

/** The log's file is cut to this when it starts anew, in bytes. */
const USUAL_BYTES = 64 * 1024 * 1024;
/** From here on the writer waits for those readers that keep the log from starting anew. */
const MAX_BYTES = 4 * USUAL_BYTES;
/** Not for longer than this, in milliseconds: a reader may hang. */
const TIMEOUT_MS = 1_000;

/**
 * Keeps the write-ahead log bounded. SQLite copies it into the file as it grows, but starts it anew only at a moment when
 * nobody reads from it; with many readers there may be none for long.
 */
export class WriteAheadLog {
  readonly #db: DatabaseSync;
  readonly #file: string;
  readonly #maxBytes: number;
  #limit: number;

  constructor(db: DatabaseSync, file: string, maxBytes = MAX_BYTES) {
    this.#db = db;
    this.#file = `${file}-wal`;
    this.#maxBytes = maxBytes;
    this.#limit = maxBytes;
    db.exec(`PRAGMA journal_size_limit = ${USUAL_BYTES}`);
  }

  /** To be called between transactions. */
  bound(): void {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= this.#limit) return;
    // Where that was in vain, it is tried again when the log is twice as large.
    this.#limit = this.#startAnew() ? this.#maxBytes : 2 * size;
  }

  /** New readers do not delay it: they read what is in the file already. */
  #startAnew(): boolean {
    try {
      this.#db.exec(`PRAGMA busy_timeout = ${TIMEOUT_MS}`);
      const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
      return busy === 0;
    } catch {
      // What was written stands in the log; if the disk is full, the next write tells of it.
      return false;
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    }
  }
}
