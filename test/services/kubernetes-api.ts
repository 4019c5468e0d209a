import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The address of a Kubernetes API, and a login. */
export interface KubernetesAccess {
  readonly url: string;
  /** The token of a user in system:masters, who has all rights. */
  readonly token: string;
  /** The folder with the kubeconfig and the certificates of the server. */
  readonly folder: string;
}

export interface KubernetesResponse {
  readonly status: number;
  readonly body: string;
}

interface Asked {
  readonly body?: string | undefined;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
}

/** A running Kubernetes API, called with all rights. */
export class KubernetesApi {
  readonly url: string;
  readonly token: string;
  readonly folder: string;
  #agent: Agent | null = null;

  constructor({ url, token, folder }: KubernetesAccess) {
    this.url = url;
    this.token = token;
    this.folder = folder;
  }

  /** For kubectl and client libraries: the address, the token and the authority of the server. */
  get kubeconfigPath(): string {
    return join(this.folder, 'kubeconfig');
  }

  /** The certificate authority of the server, as PEM. */
  get authority(): string {
    return readFileSync(join(this.folder, 'certificates/apiserver.crt'), 'utf8');
  }

  /** A request as that user. The body is JSON unless its type is given. */
  async request(
    method: string,
    path: string,
    body?: string,
    contentType = 'application/json',
  ): Promise<KubernetesResponse> {
    const response = await this.#open(method, path, { body, contentType });
    return { status: response.statusCode!, body: (await response.setEncoding('utf8').toArray()).join('') };
  }

  /** The events of a watch, until the server or the signal ends it. */
  async *watch<Event>(path: string, signal: AbortSignal): AsyncGenerator<Event> {
    const response = await this.#open('GET', `${path}?watch=true`, { signal });
    response.on('error', () => {}); // whoever still reads is told so by the lines
    try {
      for await (const line of createInterface(response)) yield JSON.parse(line) as Event;
    } finally {
      response.destroy();
    }
  }

  /** The text of a kubeconfig for a user with a token. */
  kubeconfig(user: string, token: string): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'test',
      contexts: [{ name: 'test', context: { cluster: 'test', user } }],
      clusters: [
        {
          name: 'test',
          cluster: { server: this.url, 'certificate-authority-data': Buffer.from(this.authority).toString('base64') },
        },
      ],
      users: [{ name: user, user: { token } }],
    });
  }

  #open(method: string, path: string, { body, contentType, signal }: Asked): Promise<IncomingMessage> {
    const headers = {
      authorization: `Bearer ${this.token}`,
      ...(body !== undefined && { 'content-type': contentType }),
    };
    // Tests make many requests: a new connection for each would cost more than the answer.
    this.#agent ??= new Agent({ ca: this.authority, keepAlive: true });
    const options = { method, headers, agent: this.#agent, ...(signal && { signal }) };
    return new Promise((resolve, reject) => {
      const failed = (error: Error) => {
        this.#agent = null; // while a server starts, its certificate may be there in part
        reject(error);
      };
      request(new URL(path, this.url), options, resolve).on('error', failed).end(body);
    });
  }
}
