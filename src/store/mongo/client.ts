import { MongoClient, type MongoClientOptions } from 'mongodb';
import { BitqlError } from '../../errors.ts';

const DEFAULT_DATABASE = 'bitql';

/** A client that connects when it is first used. @throws BAD_SETTING */
export function clientFor(uri: string, options: MongoClientOptions = {}): MongoClient {
  try {
    return new MongoClient(uri, { appName: 'bitql', ignoreUndefined: true, ...timeoutsFor(uri), ...options });
  } catch (error) {
    throw new BitqlError('BAD_SETTING', `The store's MongoDB URI cannot be used: ${(error as Error).message}.`);
  }
}

/** The driver itself would take "test" where the URI names no database. */
export function databaseOf(uri: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^?]+)/.exec(uri)?.[1];
  return path === undefined ? DEFAULT_DATABASE : decodeURIComponent(path);
}

/** Half a minute, the driver's own default, is long to be told nothing. What the URI says counts; the driver forgets it. */
function timeoutsFor(uri: string): MongoClientOptions {
  return /[?&]serverSelectionTimeoutMS=/i.test(uri) ? {} : { serverSelectionTimeoutMS: 5_000 };
}
