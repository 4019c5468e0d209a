import { randomBytes } from 'node:crypto';
import type { NodeImplementation } from '../../api/bitcoin-node.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import type { ClusterReadOptions, KnownCluster } from '../runtime/cluster.ts';
import { SECRET, STATEFUL_SET } from '../runtime/kinds.ts';
import { isObstacle, type Obstacle } from '../runtime/obstacle.ts';
import { type ObjectKey, type SecretObject, secretText } from '../runtime/resource.ts';
import { type MadeWith, readMadeWith } from '../runtime/workloads.ts';
import type { Login, SaltedLogin } from './connection.ts';
import { badAddressOf, nodeNames } from './names.ts';

/** Everything that the desired state of a node depends on in addition to its spec. */
export interface NodeInputs extends MadeWith {
  readonly login: SaltedLogin;
}

/** Images for specs without one [`NODE_IMAGES`]. */
export type NodeImages = Readonly<Partial<Record<NodeImplementation, string>>>;

const USERNAME = 'bitql';
const PASSWORD_BYTES = 32;
const SALT_BYTES = 16;
/** Characters that would end the user name in bitcoin.conf, or start another line. */
const ODD_IN_USERNAME = /[\s:#$\p{Cc}]/u;

/** Reads the inputs. Generated values are generated only if there are none yet. */
export async function readNodeInputs(
  cluster: KnownCluster,
  node: BitcoinNode,
  reading: ClusterReadOptions = {},
): Promise<NodeInputs | Obstacle> {
  const problem = badAddressOf(node);
  if (problem !== null) return obstacle('BadAddress', problem);
  const login = await readNodeLogin(cluster, node, reading);
  if (isObstacle(login)) return login;
  return { login, ...(await readWorkload(cluster, node)) };
}

async function readNodeLogin(
  cluster: KnownCluster,
  { metadata, spec }: BitcoinNode,
  reading: ClusterReadOptions,
): Promise<SaltedLogin | Obstacle> {
  const { name, namespace } = metadata;
  const kept = await cluster.read<SecretObject>(SECRET, namespace, nodeNames(name).rpc, reading);
  const salt = secretText(kept, 'salt') ?? randomBytes(SALT_BYTES).toString('hex');
  const given = spec.external?.secretRef ?? spec.rpc.authSecretRef;
  if (given !== undefined) {
    const login = await readGivenLogin(cluster, { namespace, name: given.name }, reading);
    return isObstacle(login) ? login : { ...login, salt };
  }
  const username = secretText(kept, 'username') ?? USERNAME;
  const password = secretText(kept, 'password') ?? randomBytes(PASSWORD_BYTES).toString('hex');
  return { username, password, salt };
}

/** User and password from a Secret that a spec names. */
export async function readGivenLogin(
  cluster: KnownCluster,
  { namespace, name }: ObjectKey,
  reading: ClusterReadOptions = {},
): Promise<Login | Obstacle> {
  const secret = await cluster.read<SecretObject>(SECRET, namespace, name, reading);
  if (secret === null) {
    return obstacle(
      'SecretNotFound',
      `There is no Secret ${name} in this namespace: create it, with the keys username and password.`,
    );
  }
  const [username, password] = [secretText(secret, 'username'), secretText(secret, 'password')];
  if (username === undefined || password === undefined) {
    return obstacle('BadSecret', `The Secret ${name} needs the keys username and password.`);
  }
  if (ODD_IN_USERNAME.test(username)) {
    return obstacle('BadSecret', `The username in Secret ${name} must not contain a space, a colon, # or $.`);
  }
  return { username, password };
}

function obstacle(reason: string, message: string): Obstacle {
  return { condition: 'Reconciled', reason, message, isFinal: true };
}

/** An external node has no workload. */
async function readWorkload(cluster: KnownCluster, { metadata, spec }: BitcoinNode): Promise<MadeWith> {
  if (spec.external !== undefined) return { volumeSize: null, image: null };
  const { name, namespace } = metadata;
  return readMadeWith(cluster, STATEFUL_SET, { namespace, name: nodeNames(name).node });
}
