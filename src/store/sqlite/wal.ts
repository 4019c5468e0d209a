import { statSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { BUSY_MS } from './connection.ts';

/** The file of the log is truncated to this size when it restarts, in bytes. */
const USUAL_BYTES = 64 * 1024 * 1024;
/** From this size on the writer waits for readers that keep the log from restarting. */
const MAX_BYTES = 4 * USUAL_BYTES;
/** How long it waits at most, in milliseconds: a reader may hang. */
const TIMEOUT_MS = 1_000;

/**
 * Keeps the write-ahead log bounded. SQLite copies it into the file as it grows, but restarts it only at a moment when
 * no reader uses it; with many readers there may be no such moment for a long time.
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

  /** Must be called between transactions. */
  bound(): void {
    const size = statSync(this.#file, { throwIfNoEntry: false })?.size ?? 0;
    if (size <= this.#limit) return;
    // After a failure the next attempt is made when the log is twice as large.
    this.#limit = this.#restart() ? this.#maxBytes : 2 * size;
  }

  /** New readers do not delay this: they read from the file. */
  #restart(): boolean {
    try {
      this.#db.exec(`PRAGMA busy_timeout = ${TIMEOUT_MS}`);
      const { busy } = this.#db.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
      return busy === 0;
    } catch {
      // Nothing is lost: the rows are in the log. If the disk is full, the next write reports it.
      return false;
    } finally {
      this.#db.exec(`PRAGMA busy_timeout = ${BUSY_MS}`);
    }
  }
}
