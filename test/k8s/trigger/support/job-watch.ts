import { Agent, request } from 'node:https';
import type { V1Job } from '@kubernetes/client-node';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';

/** Receives every Job of a namespace from the beginning, including deleted ones. */
export class JobWatch implements Disposable {
  /** All that were ever created, in order. */
  readonly made: V1Job[] = [];
  readonly #request: ReturnType<typeof request>;

  constructor(api: KubernetesApi, namespace: string) {
    const path = `/apis/batch/v1/namespaces/${namespace}/jobs?watch=true&resourceVersion=0`;
    const headers = { authorization: `Bearer ${api.token}` };
    const agent = new Agent({ ca: api.authority });
    this.#request = request(new URL(path, api.url), { headers, agent }, (response) => {
      let rest = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        const lines = (rest + text).split('\n');
        rest = lines.pop()!;
        for (const line of lines) this.#hear(JSON.parse(line));
      });
      response.on('error', () => {});
    });
    this.#request.on('error', () => {}).end();
  }

  /** The block of each, from its annotations and its environment; by template. */
  blocks(template = 'job'): string[] {
    return this.made
      .filter(({ metadata }) => metadata!.labels!['bitql.dev/template'] === template)
      .map(({ metadata }) => metadata!.annotations!['bitql.dev/block-hash']!);
  }

  [Symbol.dispose](): void {
    this.#request.destroy();
  }

  #hear({ type, object }: { readonly type: string; readonly object: V1Job }): void {
    if (type === 'ADDED') this.made.push(object);
  }
}
