import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';
import { serviceAccountKubeconfig } from './kubectl.ts';

const BASE = fileURLToPath(new URL('../../../k8s/base', import.meta.url));
const ACCOUNT = { namespace: 'bitql-system', name: 'bitql-operator' };
const RIGHTS = '/apis/rbac.authorization.k8s.io/v1';
/** The manifests of the account and of its rights. */
const FILES = {
  'namespace.yaml': '/api/v1/namespaces',
  'service-account.yaml': `/api/v1/namespaces/${ACCOUNT.namespace}/serviceaccounts`,
  'cluster-role.yaml': `${RIGHTS}/clusterroles`,
  'cluster-role-binding.yaml': `${RIGHTS}/clusterrolebindings`,
};

/** Creates the operator's service account, with exactly the rights that are installed with it. */
export async function makeOperatorAccount(api: KubernetesApi): Promise<void> {
  for (const [file, path] of Object.entries(FILES)) {
    const object: unknown = parse(readFileSync(join(BASE, file), 'utf8'));
    const { status, body } = await api.request('POST', path, JSON.stringify(object));
    if (status !== 201) throw new Error(`${file} is refused: ${body}`);
  }
}

/** A kubeconfig of that account. */
export function operatorKubeconfig(api: KubernetesApi): Promise<string> {
  return serviceAccountKubeconfig(api, api.folder, ACCOUNT);
}

/** The token in it. */
export async function operatorToken(api: KubernetesApi): Promise<string> {
  const config = JSON.parse(readFileSync(await operatorKubeconfig(api), 'utf8'));
  return config.users[0].user.token;
}
