import { BitqlError } from '../../../src/errors.ts';
import { Pace } from '../../../src/rpc/pace.ts';
import { Rpc } from '../../../src/rpc/rpc.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import type { Cluster } from '../runtime/cluster.ts';
import { SECRET } from '../runtime/kinds.ts';
import { encoded, type KubernetesObject, type SecretObject, secretText } from '../runtime/resource.ts';
import { nodeChild, nodeNames, nodeUrl } from './names.ts';

/** User and password of a node's RPC. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** The login in bitcoin.conf. The salt is kept, so that the same password always gives the same line. */
export interface SaltedLogin extends Login {
  /** 32 hex digits. */
  readonly salt: string;
}

/** The keys of the Secret by which programs use a node, as specified by servicebinding.io. */
type Binding = Login & {
  readonly type: 'bitcoin';
  readonly provider: 'bitql';
  /** With user and password. */
  readonly uri: string;
  readonly host: string;
  readonly port: string;
};

/** The Secret `NAME-rpc`. */
export function bindingSecret(node: BitcoinNode, login: SaltedLogin): KubernetesObject {
  const data = encoded({ ...bindingOf(node, login), ...(node.spec.external === undefined && { salt: login.salt }) });
  return childOf(node, nodeChild(node, SECRET, 'rpc'), { type: 'servicebinding.io/bitcoin', data });
}

function bindingOf(node: BitcoinNode, { username, password }: Login): Binding {
  const url = new URL(nodeUrl(node));
  const standardPort = url.protocol === 'https:' ? '443' : '80';
  const path = url.pathname === '/' ? url.search : url.pathname + url.search;
  const userInfo = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
  return {
    type: 'bitcoin',
    provider: 'bitql',
    uri: `${url.protocol}//${userInfo}@${url.host}${path}`,
    host: url.hostname,
    port: url.port === '' ? standardPort : url.port,
    username,
    password,
  };
}

/** The timeout of a call. A node that validates blocks, or lists its branches, may take seconds. */
const TIMEOUT_MS = 15_000;
/** A longer answer is not from bitcoind. Users who may create a BitcoinNode can make the operator call any server. */
const MAX_ANSWER_BYTES = 16 * 1_024 * 1_024;

/** Calls to the node at a URL, with a timeout and bounded answers (`Rpc.call`). */
export function rpcAt(url: string, login: Login, timeoutMs = TIMEOUT_MS): Rpc {
  const address = { url: new URL(url), credentials: login, cookieFile: '', network: null };
  // Callers ask again within seconds anyway, and report in the meantime why there is no answer.
  const pace = new Pace({ patienceMs: 0 });
  return new Rpc(address, { timeoutMs, maxAnswerBytes: MAX_ANSWER_BYTES, pace });
}

/**
 * Calls to a node, external or not, with the login from its Secret `NAME-rpc`.
 * @throws BitqlError NODE_UNAUTHORIZED if the Secret does not exist yet or lacks one of the two keys
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
