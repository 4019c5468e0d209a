import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { ApiKey, Grant, GrantRequest, Return } from './access-store.ts';

/** How long a change waits for that of another process, in milliseconds. */
const BUSY_MS = 2_000;
/** Counts that are over are removed once in so many grants. */
const SWEEP_EVERY = 1_000;
/** No stretch is longer. */
const LONGEST_MS = 3_600_000;

/** Tables that every such file has. */
export const ACCESS_TABLES = ['keys', 'counts'];

/** The SQLite file of API keys and of what callers have spent. */
export class AccessTables {
  readonly #db: DatabaseSync;
  readonly #find: StatementSync;
  readonly #put: StatementSync;
  readonly #takeBack: StatementSync;
  #grants = 0;

  /** Opens a file of ours, or makes one. */
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
    // No stored number may make this fail: earlier versions did not bound them.
    this.#find = this.#db.prepare(`
      SELECT MAX(0, MIN(points, ${Number.MAX_SAFE_INTEGER})) AS points, until FROM counts
      WHERE name = ? AND until > ?
    `);
    this.#put = this.#db.prepare('INSERT OR REPLACE INTO counts VALUES (?, ?, ?)');
    this.#takeBack = this.#db.prepare(`
      UPDATE counts SET points = points - :points WHERE name = :name AND until = :stretch AND points >= :points
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

  grant(ask: GrantRequest): Grant {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const grant = this.#grant(ask, Date.now());
      this.#db.exec('COMMIT');
      return grant;
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  takeBack({ name, points, seconds, stretch }: Return): void {
    this.#takeBack.run({ name: `${name} ${seconds}`, points, stretch });
  }

  /** A stretch that ends later than possible began before the clock was set back: without this it would be kept until then. */
  #sweep(now: number): void {
    this.#db.prepare('DELETE FROM counts WHERE until <= ?').run(now);
    const latest = now + LONGEST_MS;
    this.#db.prepare('UPDATE counts SET until = ? WHERE until > ?').run(latest, latest);
  }

  #grant({ name, points: asked, limit, seconds }: GrantRequest, now: number): Grant {
    if (this.#grants++ % SWEEP_EVERY === 0) this.#sweep(now);
    const key = `${name} ${seconds}`;
    const known = this.#find.get(key, now);
    const before = Number(known?.points ?? 0);
    const points = Math.max(0, Math.min(asked, limit - before));
    // A stretch that ends later than possible began before the clock was set back.
    const stretch = Math.min(Number(known?.until ?? Infinity), now + seconds * 1_000);
    const total = before + points;
    this.#put.run(key, total, stretch);
    return { points, total, stretch, msLeft: stretch - now };
  }

  close(): void {
    this.#db.close();
  }
}
