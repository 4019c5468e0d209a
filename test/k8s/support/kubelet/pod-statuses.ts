import type { ApiClient } from './api-client.ts';
import type { RunningPod } from './pod.ts';

interface Published {
  readonly text: string;
  /** When each condition last changed. */
  readonly conditions: ReadonlyMap<string, { readonly isTrue: boolean; readonly since: string }>;
}

/** Writes the state of Pods into their status when it has changed. */
export class PodStatuses {
  readonly #api: ApiClient;
  readonly #published = new Map<string, Published>();

  constructor(api: ApiClient) {
    this.#api = api;
  }

  async publish({ pod, status, conditions: now }: RunningPod): Promise<void> {
    const { uid, namespace, name } = pod.metadata!;
    const before = this.#published.get(uid!);
    const conditions = new Map(
      Object.entries(now).map(([type, isTrue]) => {
        const known = before?.conditions.get(type);
        const since = known?.isTrue === isTrue ? known.since : new Date().toISOString();
        return [type, { isTrue, since }] as const;
      }),
    );
    const listed = [...conditions].map(([type, { isTrue, since }]) => {
      return { type, status: isTrue ? 'True' : 'False', lastTransitionTime: since };
    });
    const patch = { status: { ...status, conditions: listed } };
    const text = JSON.stringify(patch);
    if (text === before?.text) return;
    await this.#api.merge(`/api/v1/namespaces/${namespace}/pods/${name}/status`, patch);
    this.#published.set(uid!, { text, conditions });
  }

  forget(uid: string): void {
    this.#published.delete(uid);
  }
}
