import { randomBytes } from 'node:crypto';
import type { BitcoinNode } from '../../api/kinds.ts';
import type { KnownCluster, ReadOptions } from '../runtime/cluster.ts';
import { SECRET, STATEFUL_SET } from '../runtime/kinds.ts';
import { type MadeWith, readMadeWith } from '../runtime/made-with.ts';
import type { Key } from '../runtime/resource.ts';
import { badAddressOf } from './bad-address.ts';
import { type Login, type SaltedLogin, type SecretObject, secretText } from './login.ts';
import { nodeNames } from './names.ts';
import type { NodeInputs } from './node-inputs.ts';
import { isObstacle, type Obstacle } from './obstacle.ts';

const USERNAME = 'bitql';
const PASSWORD_BYTES = 32;
const SALT_BYTES = 16;
/** What would end the user in the line of bitcoin.conf, or begin another line. */
const ODD_IN_USERNAME = /[\s:#$\p{Cc}]/u;

/** Reads what the desired state of a node depends on. What is generated is only made where there is none. */
export async function gatherInputs(
  cluster: KnownCluster,
  node: BitcoinNode,
  reading: ReadOptions = {},
): Promise<NodeInputs | Obstacle> {
  const message = badAddressOf(node);
  if (message !== null) return { reason: 'BadAddress', message };
  const login = await readNodeLogin(cluster, node, reading);
  if (isObstacle(login)) return login;
  return { login, ...(await readFirst(cluster, node)) };
}

async function readNodeLogin(
  cluster: KnownCluster,
  { metadata, spec }: BitcoinNode,
  reading: ReadOptions,
): Promise<SaltedLogin | Obstacle> {
  const { name, namespace } = metadata;
  const kept = await cluster.read<SecretObject>(SECRET, namespace, nodeNames(name).rpc, reading);
  const salt = (kept && secretText(kept, 'salt')) ?? randomBytes(SALT_BYTES).toString('hex');
  const given = spec.external?.secretRef ?? spec.rpc.authSecretRef;
  if (given !== undefined) {
    const login = await readGivenLogin(cluster, { namespace, name: given.name }, reading);
    return isObstacle(login) ? login : { ...login, salt };
  }
  const username = (kept && secretText(kept, 'username')) ?? USERNAME;
  const password = (kept && secretText(kept, 'password')) ?? randomBytes(PASSWORD_BYTES).toString('hex');
  return { username, password, salt };
}

/** User and password of a Secret that the spec names. */
export async function readGivenLogin(
  cluster: KnownCluster,
  { namespace, name }: Key,
  reading: ReadOptions = {},
): Promise<Login | Obstacle> {
  const secret = await cluster.read<SecretObject>(SECRET, namespace, name, reading);
  if (secret === null) {
    return {
      reason: 'SecretNotFound',
      message: `There is no Secret ${name} in this namespace: make it, with the keys username and password.`,
    };
  }
  const [username, password] = [secretText(secret, 'username'), secretText(secret, 'password')];
  if (username === undefined || password === undefined) {
    return { reason: 'BadSecret', message: `The Secret ${name} needs the keys username and password.` };
  }
  if (ODD_IN_USERNAME.test(username)) {
    return { reason: 'BadSecret', message: `The username in Secret ${name} may have no space, colon, # or $ in it.` };
  }
  return { username, password };
}

/** A node outside of the cluster has nothing of the kind. */
async function readFirst(cluster: KnownCluster, { metadata, spec }: BitcoinNode): Promise<MadeWith> {
  if (spec.external !== undefined) return { volumeSize: null, image: null };
  return readMadeWith(cluster, STATEFUL_SET, metadata.namespace, nodeNames(metadata.name).node);
}
