import { BitqlError } from '../../errors.ts';

/**
 * Options of a MongoDB URI, in lower case, that are not for a user to choose, each with the values that change nothing. A commit that was seen
 * must stay, whoever writes must see what it wrote, and documents are read as they were written.
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

/** @throws BAD_SETTING that names each option of a URI that is to be left out */
export function refuseFixedOptions(uri: string): void {
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
