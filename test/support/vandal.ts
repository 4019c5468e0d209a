import { DatabaseSync } from 'node:sqlite';
import { Binary, MongoClient } from 'mongodb';
import type { StoreLocation } from '../../src/store/location.ts';
import { toSql } from '../../src/store/sqlite/tables.ts';
import type { Table } from '../../src/store/store.ts';

/** Changes rows without the store's knowledge. */
export interface Vandal {
  /** Flips a bit of the value. */
  flip(table: Table, key: Uint8Array, bit: number): Promise<void>;
  remove(table: Table, key: Uint8Array): Promise<void>;
  /** Gives the value another type. */
  retype(table: Table, key: Uint8Array): Promise<void>;
  /** Moves a row to another key. */
  move(table: Table, from: Uint8Array, to: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export function vandalOf(location: StoreLocation): Vandal {
  return location.kind === 'sqlite' ? new SqliteVandal(location.file) : new MongoVandal(location.uri);
}

class SqliteVandal implements Vandal {
  readonly #db: DatabaseSync;

  constructor(file: string) {
    this.#db = new DatabaseSync(file, { timeout: 10_000 });
  }

  async flip(table: Table, key: Uint8Array, bit: number): Promise<void> {
    const row = this.#db.prepare(`SELECT value FROM ${table} WHERE key = ?`).get(toSql(table, key));
    this.#db
      .prepare(`UPDATE ${table} SET value = ? WHERE key = ?`)
      .run(flipped(row!.value as Uint8Array, bit), toSql(table, key));
  }

  async remove(table: Table, key: Uint8Array): Promise<void> {
    this.#db.prepare(`DELETE FROM ${table} WHERE key = ?`).run(toSql(table, key));
  }

  async retype(table: Table, key: Uint8Array): Promise<void> {
    this.#db.prepare(`UPDATE ${table} SET value = 'text' WHERE key = ?`).run(toSql(table, key));
  }

  async move(table: Table, from: Uint8Array, to: Uint8Array): Promise<void> {
    this.#db.prepare(`UPDATE OR REPLACE ${table} SET key = ? WHERE key = ?`).run(toSql(table, to), toSql(table, from));
  }

  async close(): Promise<void> {
    this.#db.close();
  }
}

class MongoVandal implements Vandal {
  readonly #client: MongoClient;

  constructor(uri: string) {
    this.#client = new MongoClient(uri);
  }

  async flip(table: Table, key: Uint8Array, bit: number): Promise<void> {
    const document = await this.#rows(table).findOne({ _id: new Binary(key) });
    const v = new Binary(flipped(new Uint8Array(document!.v.buffer), bit));
    await this.#rows(table).updateOne({ _id: new Binary(key) }, { $set: { v } });
  }

  async remove(table: Table, key: Uint8Array): Promise<void> {
    await this.#rows(table).deleteOne({ _id: new Binary(key) });
  }

  async retype(table: Table, key: Uint8Array): Promise<void> {
    const change = key.at(-1)! % 2 === 0 ? { $set: { v: 'text' } } : { $unset: { v: '' } };
    await this.#rows(table).updateOne({ _id: new Binary(key) }, change as never);
  }

  async move(table: Table, from: Uint8Array, to: Uint8Array): Promise<void> {
    const document = await this.#rows(table).findOne({ _id: new Binary(from) });
    await this.remove(table, from);
    await this.#rows(table).replaceOne({ _id: new Binary(to) }, { v: document!.v }, { upsert: true });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #rows(table: Table) {
    return this.#client.db().collection<{ _id: Binary; v: Binary }>(table);
  }
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[(bit >>> 3) % copy.length]! ^= 1 << (bit & 7);
  return copy;
}
