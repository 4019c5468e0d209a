import { inject } from 'vitest';
import { type KubernetesAccess, KubernetesApi } from './kubernetes-api.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The key under which `shared-kubernetes-setup.ts` provides a KubernetesAccess. */
    readonly sharedKubernetes: string;
  }
}

/**
 * The Kubernetes API that test files share. The first caller starts it, and it ends with the run. It has our CRDs,
 * Widgets and the operator's account. Each file uses namespaces whose names begin with its own prefix, its operators
 * manage only these, and nothing outside of namespaces is changed. A suite that restarts the server or changes its
 * kinds uses `startKubernetes` instead.
 */
export async function sharedKubernetes(): Promise<KubernetesApi> {
  const answer = await fetch(inject('sharedKubernetes'));
  if (!answer.ok) throw new Error(`The Kubernetes API that test files share did not start: ${await answer.text()}`);
  return new KubernetesApi((await answer.json()) as KubernetesAccess);
}
