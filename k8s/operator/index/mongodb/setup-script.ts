import { DATABASE, REPLICA_SET } from './names.ts';

/**
 * What the startup probe of each member of the replica set runs, in mongosh, again and again until it ends with 0; then never
 * again. The first member makes the replica set, whichever is primary makes the user: MongoDB lets the first one be made from
 * the machine itself without a password, and nobody else do anything. Each step looks first whether it is done, so that it can
 * end anywhere. All members are listed at once: MongoDB makes no replica set of members that belong to one, so one that
 * lost its volume joins the others anew.
 */
export const SETUP_SCRIPT = `
const { MEMBERS, HOSTNAME, DATABASE_USER, DATABASE_PASSWORD } = process.env;
const { setName, isWritablePrimary, secondary } = db.hello();

if (setName === undefined && HOSTNAME.endsWith('-0')) {
  const members = MEMBERS.split(',').map((host, _id) => ({ _id, host }));
  try {
    rs.initiate({ _id: '${REPLICA_SET}', members });
  } catch (error) {
    if (error.codeName !== 'AlreadyInitialized') throw error;
  }
}

if (isWritablePrimary) {
  const admin = db.getSiblingDB('admin');
  const roles = [{ role: 'readWrite', db: '${DATABASE}' }];
  try {
    admin.createUser({ user: DATABASE_USER, pwd: DATABASE_PASSWORD, roles });
  } catch (error) {
    // There is a user: then nobody without a password may make one.
    if (error.codeName !== 'Unauthorized' && error.codeName !== 'Location51003') throw error;
  }
  admin.auth(DATABASE_USER, DATABASE_PASSWORD);
}

quit(isWritablePrimary || secondary ? 0 : 1);
`.trimStart();
