import type { KubernetesApi } from './kubernetes-api.ts';

const API_SERVICES = '/apis/apiregistration.k8s.io/v1/apiservices';
const SERVICE = { namespace: 'kube-system', name: 'localhost' };

/**
 * Makes kube-apiserver delegate a version of a group to another server of this machine.
 * @param name VERSION.GROUP
 */
export async function registerVersion(
  api: KubernetesApi,
  name: string,
  { port, priority }: { readonly port: number; readonly priority: number },
): Promise<void> {
  // A Service that leads to this machine, which is the whole network of the cluster. Once is enough.
  const address = { type: 'ExternalName', externalName: 'localhost' };
  const service = { apiVersion: 'v1', kind: 'Service', metadata: SERVICE, spec: address };
  await api.request('POST', '/api/v1/namespaces/kube-system/services', JSON.stringify(service));
  const [version, ...group] = name.split('.');
  const spec = {
    group: group.join('.'),
    version,
    groupPriorityMinimum: 1_000,
    versionPriority: priority,
    insecureSkipTLSVerify: true,
    service: { ...SERVICE, port },
  };
  const body = { apiVersion: 'apiregistration.k8s.io/v1', kind: 'APIService', metadata: { name }, spec };
  await api.request('POST', API_SERVICES, JSON.stringify(body));
}

export async function unregisterVersion(api: KubernetesApi, name: string): Promise<void> {
  await api.request('DELETE', `${API_SERVICES}/${name}`);
}
