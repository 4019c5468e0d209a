import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';

/** A MongoDB database of a test's own. */
export interface TemporaryDatabase extends AsyncDisposable {
  /** Names the database. */
  readonly uri: string;
  drop(): Promise<void>;
}

/** @param server the address of the server, with or without a database in it */
export function temporaryDatabase(server: string): TemporaryDatabase {
  const url = new URL(server);
  const name = `bitql_test_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
  url.pathname = `/${name}`;
  const drop = async () => {
    const client = new MongoClient(url.href);
    await client.db(name).dropDatabase();
    await client.close();
  };
  return { uri: url.href, drop, [Symbol.asyncDispose]: drop };
}
