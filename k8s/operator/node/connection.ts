import { BitqlError } from '../../../src/errors.ts';
import { Pace } from '../../../src/rpc/pace.ts';
import { Rpc } from '../../../src/rpc/rpc.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { SECRET } from '../runtime/kinds.ts';
import { type SecretObject, secretText } from '../runtime/secrets.ts';
import type { Login } from './login.ts';
import { nodeNames, nodeUrl } from './names.ts';

/** How long a call may take. A node that validates blocks, or lists its branches, may take seconds. */
const TIMEOUT_MS = 15_000;
/** A longer answer is not from bitcoind: a user who may make a BitcoinNode can have the operator ask any server. */
const MAX_ANSWER_BYTES = 16 * 1_024 * 1_024;

/** Calls to the node at a URL, with a deadline and with bounded answers (`Rpc.call`). */
export function rpcAt(url: string, login: Login, timeoutMs = TIMEOUT_MS): Rpc {
  const address = { url: new URL(url), credentials: login, cookieFile: '', network: null };
  // Callers ask again in some seconds anyway, and report meanwhile why there is no answer.
  const pace = new Pace({ patienceMs: 0 });
  return new Rpc(address, { timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES, pace });
}

/**
 * Calls to a node, in the cluster or outside of it, with the login of its Secret `NAME-rpc`.
 * @throws BitqlError NODE_UNAUTHORIZED where there is no such Secret yet, or one of its two keys is missing
 */
export async function connectToNode(cluster: Cluster, node: BitcoinNode): Promise<Rpc> {
  const { name, namespace } = node.metadata;
  const { rpc } = nodeNames(name);
  const secret = await cluster.get<SecretObject>(SECRET, namespace, rpc);
  if (secret === null) {
    throw new BitqlError('NODE_UNAUTHORIZED', `The Secret ${rpc}, which should have the password, does not exist.`);
  }
  const [username, password] = [secretText(secret, 'username'), secretText(secret, 'password')];
  if (username === undefined || password === undefined) {
    throw new BitqlError('NODE_UNAUTHORIZED', `The Secret ${rpc} needs the keys username and password.`);
  }
  return rpcAt(nodeUrl(node), { username, password });
}
