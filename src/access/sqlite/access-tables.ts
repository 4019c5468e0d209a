import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ApiKey, Count } from '../access-store.ts';

/** How long a change waits for that of another process, in milliseconds. */
const BUSY_MS = 2_000;
/** Counts that are over are removed with every so many new ones. */
const SWEEP_EVERY = 1_000;

/** The SQLite file of API keys and of what callers have spent. */
export class AccessTables {
  readonly #db: DatabaseSync;
  readonly #count: StatementSync;
  #counts = 0;

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: BUSY_MS });
    this.#db.exec(`
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS keys (
        id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, tier TEXT NOT NULL, hash BLOB NOT NULL,
        createdAt INTEGER NOT NULL, lastUsedAt INTEGER
      );
      CREATE TABLE IF NOT EXISTS counts (
        name TEXT PRIMARY KEY, points INTEGER NOT NULL, until INTEGER NOT NULL
      ) WITHOUT ROWID;
    `);
    this.#count = this.#db.prepare(`
      INSERT INTO counts VALUES (:name, :points, :until) ON CONFLICT (name) DO UPDATE SET
        points = CASE WHEN until > :now THEN points ELSE 0 END + excluded.points,
        until = CASE WHEN until > :now THEN until ELSE excluded.until END
      RETURNING points, until
    `);
  }

  addKey({ id, name, tier, hash, createdAt }: ApiKey): boolean {
    const add = this.#db.prepare('INSERT INTO keys VALUES (?, ?, ?, ?, ?, NULL) ON CONFLICT (name) DO NOTHING');
    return add.run(id, name, tier, hash, createdAt).changes === 1;
  }

  findKey(id: string): ApiKey | null {
    const found = this.#db.prepare('SELECT * FROM keys WHERE id = ?').get(id);
    return found === undefined ? null : ({ ...found } as unknown as ApiKey);
  }

  keys(): ApiKey[] {
    const rows = this.#db.prepare('SELECT * FROM keys ORDER BY name').all();
    return rows.map((row) => ({ ...row }) as unknown as ApiKey);
  }

  removeKey(id: string): void {
    this.#db.prepare('DELETE FROM keys WHERE id = ?').run(id);
  }

  markUsed(id: string, at: number): void {
    this.#db.prepare('UPDATE keys SET lastUsedAt = ? WHERE id = ?').run(at, id);
  }

  count(name: string, points: number, seconds: number): Count {
    const now = Date.now();
    if (this.#counts++ % SWEEP_EVERY === 0) this.#db.prepare('DELETE FROM counts WHERE until <= ?').run(now);
    const counted = this.#count.get({ name: `${name} ${seconds}`, points, now, until: now + seconds * 1_000 });
    return { points: Number(counted!.points), msLeft: Number(counted!.until) - now };
  }

  close(): void {
    this.#db.close();
  }
}
