import type { BitcoinNode } from '../../api/kinds.ts';
import type { KnownCluster } from '../runtime/cluster.ts';
import { badAddress } from './bad-address.ts';
import { readGivenLogin } from './gather-inputs.ts';
import { NODE, nodeNames, nodeUrl } from './names.ts';
import { rpcAt } from './node-connection.ts';
import { isObstacle } from './obstacle.ts';
import type { Reference } from './reference-node.ts';

/** How long a reference may keep a node's own status waiting. */
const TIMEOUT_MS = 5_000;

type Named = BitcoinNode['spec']['sync']['references'][number];

/** How the references of a node are asked, as far as that is known. */
export function findReferences(cluster: KnownCluster, { metadata, spec }: BitcoinNode): Promise<Reference[]> {
  return Promise.all(spec.sync.references.map((named) => findReference(cluster, metadata.namespace, named)));
}

async function findReference(cluster: KnownCluster, namespace: string, named: Named): Promise<Reference> {
  const unusable = (problem: string): Reference => ({ name: named.name, rpc: null, url: '', address: '', problem });
  const address = await addressOf(cluster, namespace, named);
  if (address === null) return unusable(`There is no BitcoinNode ${named.nodeRef?.name}.`);
  const problem = badAddress(address.url);
  if (problem !== null) return unusable(problem);
  const login = await readGivenLogin(cluster, { namespace, name: address.secret });
  if (isObstacle(login)) return unusable(login.message);
  const { username, password } = login;
  const known = JSON.stringify([address.url, username, password]);
  const { url } = address;
  return { name: named.name, rpc: rpcAt(url, login, TIMEOUT_MS), url, address: known, problem: '' };
}

async function addressOf(
  cluster: KnownCluster,
  namespace: string,
  { nodeRef, url, secretRef }: Named,
): Promise<{ readonly url: string; readonly secret: string } | null> {
  if (nodeRef === undefined) return { url: url!, secret: secretRef!.name };
  const node = await cluster.read<BitcoinNode>(NODE, namespace, nodeRef.name);
  return node && { url: nodeUrl(node), secret: nodeNames(nodeRef.name).rpc };
}
