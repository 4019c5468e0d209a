import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { KubeConfig } from '@kubernetes/client-node';
import { BitqlError } from '../../../src/errors.ts';
import { fileFailure } from '../../../src/failures/system.ts';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Where the cluster is and who we are there: the file; else that of KUBECONFIG; else, in a Pod, its service account; else
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

/** The namespace that this process runs in; null outside of a cluster. */
export function ownNamespace(): string | null {
  const file = join(SERVICE_ACCOUNT, 'namespace');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** Of the words of a parser only the first line: behind that it shows a piece of the file, which may be a password. */
function reasonOf(error: NodeJS.ErrnoException): string {
  const { path, message } = error;
  if (path !== undefined) return `${path} cannot be read: ${fileFailure(error)}`;
  return `the kubeconfig file is invalid (${message.split('\n')[0]})`;
}

function unusable(why: string): BitqlError {
  return new BitqlError('BAD_SETTING', `No cluster is known, because ${why}: give --kubeconfig FILE.`);
}
