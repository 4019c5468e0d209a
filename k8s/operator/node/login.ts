import type { BitcoinNode } from '../../api/kinds.ts';
import { childOf } from '../runtime/child.ts';
import { SECRET } from '../runtime/kinds.ts';
import type { KubernetesObject } from '../runtime/resource.ts';
import { encoded } from '../runtime/secrets.ts';
import { nodeChild, nodeUrl } from './names.ts';

/** User and password of a node's RPC. */
export interface Login {
  readonly username: string;
  readonly password: string;
}

/** What bitcoin.conf is made of: the salt is kept, so that the same password always makes the same line. */
export interface SaltedLogin extends Login {
  /** 32 hex digits. */
  readonly salt: string;
}

/** The keys of the Secret that programs use a node with, as servicebinding.io has them. */
export type Binding = Login & {
  readonly type: 'bitcoin';
  readonly provider: 'bitql';
  /** With user and password in it. */
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
