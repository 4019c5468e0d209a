import { chmodSync, chownSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import type { ContainerOptions } from './container.ts';
import { ROOT } from './image.ts';

/** bitcoind's group, which may read the generated password. */
const GROUP = 10_002;

/** What containers need to reach a node. */
export type Access = Required<Pick<ContainerOptions, 'env' | 'folders' | 'groups'>>;

/** Starts a node with the settings of docker-compose.yml, and mines some blocks. Its password is in the folder. */
export async function startNode(bitcoind: string, folder: string): Promise<{ node: RegtestNode; access: Access }> {
  const shared = mkdtempSync(join(folder, 'cookie-'));
  chownSync(shared, 0, GROUP);
  chmodSync(shared, 0o2750); // what is made in it belongs to its group
  const settings = readFileSync(join(ROOT, 'deploy/bitcoin.conf'), 'utf8');
  const conf = join(shared, 'bitcoin.conf');
  writeFileSync(conf, settings.replaceAll(/^rpcbind=.*$/gm, '')); // the node of a test has an address already
  const args = [`-conf=${conf}`, `-rpccookiefile=${shared}/.cookie`];
  const node = await startRegtest({ bitcoind, args });
  await node.mine(105);
  const env = { BITQL_NODE: node.url, BITQL_COOKIE: '/run/bitcoind/.cookie' };
  return { node, access: { env, folders: { '/run/bitcoind': shared }, groups: [GROUP] } };
}
