import { MongoClient, type MongoClientOptions } from 'mongodb';
import { BitqlError } from '../../errors.ts';
import { refuseFixedOptions } from './uri-options.ts';

const DEFAULT_DATABASE = 'bitql';

/** What every read and write of ours is done with, and what `refuseFixedOptions` keeps users from. */
const CONCERNS: MongoClientOptions = {
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority', journal: true },
};

/** A client that connects when it is first used. @throws BAD_SETTING */
export function clientFor(uri: string, options: MongoClientOptions = {}): MongoClient {
  refuseFixedOptions(uri);
  const own = { appName: 'bitql', ignoreUndefined: true, ...CONCERNS };
  try {
    return new MongoClient(uri, { ...own, ...timeoutsFor(uri), ...options });
  } catch (error) {
    throw new BitqlError(
      'BAD_SETTING',
      `The store's MongoDB URI cannot be used: ${(error as Error).message}. In its password, % / ? # @ and : are %25 %2F %3F %23 %40 and %3A.`,
    );
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
