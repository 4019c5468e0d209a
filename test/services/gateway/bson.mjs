import { BSON } from 'bson';

/** Fields that drivers add to a command for the server itself; the extension's functions do not know them. */
const ENVELOPE = new Set([
  '$clusterTime',
  '$db',
  '$readPreference',
  'apiDeprecationErrors',
  'apiStrict',
  'apiVersion',
  'autocommit',
  'comment',
  'lsid',
  'readConcern',
  'startTransaction',
  'stmtId',
  'stmtIds',
  'txnNumber',
  'writeConcern',
]);

/** Numbers keep their BSON type: a double 5.0 or an int64 of a filter must not arrive as an int32. */
export const deserialize = (bytes) => BSON.deserialize(bytes, { promoteValues: false, bsonRegExp: true });

/** The same, as plain JavaScript values: for replies that the gateway itself reads. */
export const deserializePlain = (bytes) => BSON.deserialize(bytes);

export const serialize = (document) => Buffer.from(BSON.serialize(document, { ignoreUndefined: true }));

/** The command in the form that the extension accepts. */
export function specOf(command) {
  return serialize(Object.fromEntries(Object.entries(command).filter(([key]) => !ENVELOPE.has(key))));
}
