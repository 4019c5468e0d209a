import { DatabaseSync } from 'node:sqlite';
import { Binary, MongoClient } from 'mongodb';
import type { StoreLocation } from '../../src/store/location.ts';
import { pageAt } from '../../src/store/mongo/transaction-page.ts';
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

/** Transactions share a document with their neighbours, which is changed as a whole. */
class MongoVandal implements Vandal {
  readonly #client: MongoClient;

  constructor(uri: string) {
    this.#client = new MongoClient(uri);
  }

  async flip(table: Table, key: Uint8Array, bit: number): Promise<void> {
    const { rows, _id } = this.#place(table, key);
    const document = await rows.findOne({ _id });
    const v = new Binary(flipped(new Uint8Array(document!.v.buffer), bit));
    await rows.updateOne({ _id }, { $set: { v } });
  }

  async remove(table: Table, key: Uint8Array): Promise<void> {
    const { rows, _id } = this.#place(table, key);
    await rows.deleteOne({ _id });
  }

  async retype(table: Table, key: Uint8Array): Promise<void> {
    const { rows, _id } = this.#place(table, key);
    const change = key.at(-1)! % 2 === 0 ? { $set: { v: 'text' } } : { $unset: { v: '' } };
    await rows.updateOne({ _id }, change as never);
  }

  async move(table: Table, from: Uint8Array, to: Uint8Array): Promise<void> {
    const { rows, _id } = this.#place(table, from);
    const document = await rows.findOne({ _id });
    await rows.deleteOne({ _id });
    await rows.replaceOne({ _id: this.#place(table, to)._id }, { v: document!.v }, { upsert: true });
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  #place(table: Table, key: Uint8Array) {
    const [name, id] = table === 'transactions' ? ['transactionPages', pageAt(key)] : [table, key];
    return { rows: this.#client.db().collection<{ _id: Binary; v: Binary }>(name), _id: new Binary(id) };
  }
}

function flipped(bytes: Uint8Array, bit: number): Uint8Array {
  const copy = Uint8Array.from(bytes);
  copy[(bit >>> 3) % copy.length]! ^= 1 << (bit & 7);
  return copy;
}
