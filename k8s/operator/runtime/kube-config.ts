import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { BitqlError } from '../../../src/errors.ts';
import { fileFailure } from '../../../src/failures/system.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Address of the cluster and our login: from the file; else from KUBECONFIG; else, in a Pod, from its service account; else from
 * ~/.kube/config.
 */
export function loadKubeConfig(file: string | null, env: NodeJS.ProcessEnv): KubeConfig {
  const config = new KubeConfig();
  try {
    if (file !== null) config.loadFromFile(file);
    else if (env.KUBECONFIG) config.loadFromDefault();
    else if (existsSync(join(SERVICE_ACCOUNT, 'token'))) config.loadFromCluster();
    else config.loadFromFile(join(homedir(), '.kube', 'config'));
  } catch (error) {
    throw unusable(reasonOf(error as NodeJS.ErrnoException));
  }
  if (config.getCurrentCluster() === null)
    throw unusable('the kubeconfig file names no current context with a cluster');
  return config;
}

/** The namespace in which this process runs; null outside of a cluster. */
export function ownNamespace(): string | null {
  const file = join(SERVICE_ACCOUNT, 'namespace');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** Only the first line of a parser's message: the next lines quote the file, which may have a password. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const { path, message } = error;
  if (path !== undefined) return `${path} cannot be read: ${fileFailure(error)}`;
  return `the kubeconfig file is invalid (${message.split('\n')[0]})`;
}

function unusable(why: string): BitqlError {
  return new BitqlError('BAD_SETTING', `No cluster is known, because ${why}: give --kubeconfig FILE.`);
}
