import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestProject } from 'vitest/node';
import { WIDGET_DEFINITION } from '../k8s/runtime/support/widget.ts';
import { makeCrds, readCrds } from '../k8s/support/crds.ts';
import { makeOperatorAccount } from '../k8s/support/operator-account.ts';
import { type KubernetesServer, startKubernetes } from './kubernetes.ts';
import type { KubernetesApi } from './kubernetes-api.ts';
import { locateServices } from './locate.ts';

/** Runs in the main process of the test run, before the first test file. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  let starting: Promise<KubernetesServer> | null = null;
  const close = async () => {
    await starting?.then((api) => api.close()).catch(() => {});
    starting = null;
  };
  const server = createServer((_, answer) => {
    starting ??= start();
    starting.then(
      ({ url, token, folder }) => answer.end(JSON.stringify({ url, token, folder })),
      (error: Error) => answer.writeHead(500).end(error.message),
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  project.provide('sharedKubernetes', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  // Files that run again create the same namespaces again.
  project.onTestsRerun(close);
  return async () => {
    server.close();
    await close();
  };
}

async function start(): Promise<KubernetesServer> {
  const { kubernetesAssets } = await locateServices();
  if (kubernetesAssets === undefined) throw new Error('Kubernetes is not installed.');
  return startKubernetes(kubernetesAssets, { prepare });
}

async function prepare(api: KubernetesApi): Promise<void> {
  await makeCrds(api, [...readCrds(), WIDGET_DEFINITION]);
  await makeOperatorAccount(api);
}
