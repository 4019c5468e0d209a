import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sandbox } from '../../../dev/sandbox.ts';
import { type KubernetesServer, startKubernetes } from '../../services/kubernetes.ts';
import { describeWith } from '../../services/suite.ts';
import { applyCrds, readCrds } from './crds.ts';
import { Kubectl, serviceAccountKubeconfig } from './kubectl.ts';
import { MONITORING_CRDS } from './strict-schema.ts';

describeWith('kubernetes', 'kubectl')('kubectl', ({ kubernetesAssets, kubectlTools }) => {
  const sandbox = new Sandbox('kubectl');
  let api: KubernetesServer;
  let kubectl: Kubectl;

  beforeAll(async () => {
    api = await startKubernetes(kubernetesAssets);
    kubectl = new Kubectl(kubectlTools, api.kubeconfigPath);
  });

  afterAll(async () => {
    await api?.close();
    await sandbox.close();
  });

  it('makes the server serve kinds of this project and of others', async () => {
    await applyCrds(kubectl, [...readCrds(), ...MONITORING_CRDS]);
    expect(await kubectl.explain('bitcoinnode.spec.network')).toContain('The network.');
    expect(await kubectl.get('servicemonitors')).toMatchObject({ items: [] });
    await applyCrds(kubectl); // again
  }, 240_000);

  it('applies texts and objects, and reports refusals', async () => {
    await kubectl.apply('apiVersion: v1\nkind: ConfigMap\nmetadata: {name: one}\ndata: {a: "1"}\n');
    const two = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'two' }, data: { a: '2' } };
    expect(await kubectl.apply([two], '--server-side')).toContain('configmap/two serverside-applied');
    expect(await kubectl.get('configmap', 'one')).toMatchObject({ data: { a: '1' } });
    await expect(kubectl.apply([{ ...two, metadata: { name: 'Two' } }])).rejects.toThrow('Invalid value: "Two"');
    expect(await kubectl.run(['get', 'configmap', 'three'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('NotFound'),
    });
  });

  it('has only the rights of a service account', async () => {
    await kubectl.call('create', 'serviceaccount', 'reader');
    await kubectl.call('create', 'role', 'reader', '--verb=get,list', '--resource=configmaps');
    await kubectl.call('create', 'rolebinding', 'reader', '--role=reader', '--serviceaccount=default:reader');
    const account = { namespace: 'default', name: 'reader' };
    const reader = new Kubectl(kubectlTools, await serviceAccountKubeconfig(api, sandbox.folder, account));
    expect(await reader.call('auth', 'can-i', 'list', 'configmaps')).toBe('yes\n');
    expect(await reader.get('configmaps')).toMatchObject({ kind: 'List' });
    await expect(reader.get('secrets')).rejects.toThrow('system:serviceaccount:default:reader');
    await expect(serviceAccountKubeconfig(api, sandbox.folder, { ...account, name: 'nobody' })).rejects.toThrow(
      'nobody',
    );
  });
});
