import { inject } from 'vitest';
import { type KubernetesAccess, KubernetesApi } from './kubernetes-api.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where `shared-kubernetes-setup.ts` gives a KubernetesAccess. */
    readonly sharedKubernetes: string;
  }
}

/**
 * The Kubernetes API that test files share: the first that asks has it started, and it ends with the run. Our CRDs, Widgets and the
 * operator's account are there. Each file keeps to namespaces whose names begin with one of its own, and its operators look after these
 * alone; what lies in no namespace is not changed. A suite that restarts the server, or that changes which kinds it serves, uses
 * `startKubernetes` instead.
 */
export async function sharedKubernetes(): Promise<KubernetesApi> {
  const answer = await fetch(inject('sharedKubernetes'));
  if (!answer.ok) throw new Error(`The Kubernetes API that test files share did not start: ${await answer.text()}`);
  return new KubernetesApi((await answer.json()) as KubernetesAccess);
}
