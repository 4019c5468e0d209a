import { Agent, request } from 'node:https';
import type { KubernetesApi } from '../../../services/kubernetes-api.ts';

/** Calls the API over open connections, because a kubelet calls often. */
export class ApiClient implements Disposable {
  readonly #api: KubernetesApi;
  readonly #agent: Agent;

  constructor(api: KubernetesApi) {
    this.#api = api;
    this.#agent = new Agent({ ca: api.authority, keepAlive: true });
  }

  /** Null if there is no such object. */
  get<T>(path: string): Promise<T | null> {
    return this.#ask<T>('GET', path);
  }

  async list<T>(path: string): Promise<readonly T[]> {
    return (await this.#ask<{ items: T[] }>('GET', path))!.items;
  }

  /** False if it exists. */
  async create(path: string, object: object): Promise<boolean> {
    return (await this.#ask('POST', path, object)) !== null;
  }

  post<T>(path: string, object: object): Promise<T | null> {
    return this.#ask<T>('POST', path, object);
  }

  async merge(path: string, patch: object): Promise<void> {
    await this.#ask('PATCH', path, patch, 'application/merge-patch+json');
  }

  async delete(path: string, options: object = {}): Promise<void> {
    await this.#ask('DELETE', path, options);
  }

  [Symbol.dispose](): void {
    this.#agent.destroy();
  }

  /** Null if it is gone, exists already, or was changed by others in the meantime. */
  #ask<T>(method: string, path: string, body?: object, type = 'application/json'): Promise<T | null> {
    const text = body && JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.#api.token}`,
      ...(text && { 'content-type': type, 'content-length': Buffer.byteLength(text) }), // Node tells no length of a DELETE's
    };
    const { promise, resolve, reject } = Promise.withResolvers<T | null>();
    const url = new URL(path, this.#api.url);
    const asked = request(url, { method, headers, agent: this.#agent, timeout: 10_000 }, async (response) => {
      try {
        const answer = (await response.setEncoding('utf8').toArray()).join('');
        const status = response.statusCode!;
        if (status < 300) resolve(JSON.parse(answer));
        else if (status === 404 || status === 409) resolve(null);
        else reject(new Error(`${method} ${path} gave ${status}: ${answer}`));
      } catch (error) {
        reject(error);
      }
    });
    asked.on('error', reject);
    asked.on('timeout', () => asked.destroy(new Error(`${method} ${path} took too long`)));
    asked.end(text);
    return promise;
  }
}
