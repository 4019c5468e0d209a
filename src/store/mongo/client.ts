import { MongoClient, type MongoClientOptions, type TopologyDescriptionChangedEvent } from 'mongodb';
import { BitqlError } from '../../errors.ts';
import { unusableUri } from './failures.ts';

const DEFAULT_DATABASE = 'bitql';
/** The databases that a server uses itself. */
const OWN_DATABASES: ReadonlySet<string> = new Set(['admin', 'local', 'config']);
const LONGEST_NAME = 63;

/** The concerns of every read and write. `refuseFixedOptions` refuses URIs that change them. */
const CONCERNS: MongoClientOptions = {
  readPreference: 'primary',
  readConcern: { level: 'majority' },
  writeConcern: { w: 'majority', journal: true },
};

/** A client that connects when it is first used. @throws BAD_SETTING */
export function clientFor(uri: string, options: MongoClientOptions = {}): MongoClient {
  refuseFixedOptions(uri);
  const own = { appName: 'bitql', ignoreUndefined: true, ...CONCERNS };
  let client: MongoClient;
  try {
    client = new MongoClient(uri, { ...own, ...timeoutsFor(uri), ...options });
  } catch (error) {
    throw unusableUri(error);
  }
  // Errors of the URI as a whole are reported first.
  refuseName(uri);
  return client;
}

/** Connects. If all hosts of the URI fail, it rejects at once; the driver would try for some seconds more. */
export async function connectClient(client: MongoClient): Promise<void> {
  const { promise: allFailed, reject } = Promise.withResolvers<never>();
  const look = ({ newDescription }: TopologyDescriptionChangedEvent): void => {
    const errors = [...newDescription.servers.values()].map(({ error }) => error);
    if (errors.length > 0 && errors.every((error) => error !== null)) reject(errors[0]);
  };
  client.on('topologyDescriptionChanged', look);
  try {
    await Promise.race([client.connect(), allFailed]);
  } finally {
    client.off('topologyDescriptionChanged', look);
  }
}

/** The database that a URI names, else our default. (The driver's default is "test".) */
export function databaseOf(uri: string): string {
  const path = /^mongodb(?:\+srv)?:\/\/[^/?]+\/([^?]+)/.exec(uri)?.[1];
  return path === undefined ? DEFAULT_DATABASE : decoded(path);
}

/** Refuses a name that MongoDB would refuse only at the first write. @throws BAD_SETTING */
function refuseName(uri: string): void {
  const name = databaseOf(uri);
  const isTaken = OWN_DATABASES.has(name.toLowerCase());
  if (!isTaken && !/[/\\. "$\0]/.test(name) && Buffer.byteLength(name) <= LONGEST_NAME) return;
  throw new BitqlError(
    'BAD_SETTING',
    isTaken
      ? `The store's MongoDB URI names the database "${name}", which is reserved for MongoDB: use another one, and name the database of the user as ?authSource=${name}.`
      : `The store's MongoDB URI names the database "${name}", which MongoDB does not accept: a name has at most ${LONGEST_NAME} bytes, and no / \\ . " $ or space.`,
  );
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** A shorter time-out than the driver's 30 seconds, unless the URI has one: options would override it. */
function timeoutsFor(uri: string): MongoClientOptions {
  return /[?&]serverSelectionTimeoutMS=/i.test(uri) ? {} : { serverSelectionTimeoutMS: 5_000 };
}

/**
 * Options of a MongoDB URI, in lower case, that users may not choose, each with the values that change nothing. A commit
 * that was seen must be kept, a writer must see its own writes, and documents must be read as they were written.
 */
const FIXED: Readonly<Record<string, readonly string[]>> = {
  readpreference: ['primary'],
  readpreferencetags: [],
  maxstalenessseconds: [],
  readconcern: [],
  readconcernlevel: ['majority'],
  writeconcern: [],
  w: ['majority'],
  j: ['true'],
  journal: ['true'],
  fsync: [],
  wtimeout: [],
  wtimeoutms: [],
  bsonregexp: ['false'],
  checkkeys: ['false'],
  fieldsasraw: [],
  forceserverobjectid: ['false'],
  ignoreundefined: ['true'],
  promotebuffers: ['false'],
  promotelongs: ['true'],
  promotevalues: ['true'],
  raw: ['false'],
  serializefunctions: ['false'],
};

/** @throws BAD_SETTING that names each option that the URI must not have */
function refuseFixedOptions(uri: string): void {
  const options = new URLSearchParams(/\?(.*)/s.exec(uri)?.[1] ?? '');
  const refused = Array.from(options).filter(([name, value]) => FIXED[name.toLowerCase()]?.includes(value) === false);
  if (refused.length === 0) return;
  const names = [...new Set(refused.map(([name]) => name))];
  throw new BitqlError(
    'BAD_SETTING',
    `The store's MongoDB URI sets ${names.join(', ')}, which BitQL sets itself: it writes with w=majority and journal=true, and reads from ` +
      `the primary with readConcernLevel=majority, so that data that was read is not lost, and data that was written is read. Leave ${names.length === 1 ? 'it' : 'them'} out.`,
  );
}
