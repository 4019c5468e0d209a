import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../../dev/until.ts';
import { type RunResult, run } from '../../cli/support.ts';
import type { KubernetesApi } from '../../services/kubernetes-api.ts';

/** The real kubectl, as the user of a kubeconfig. */
export class Kubectl {
  readonly #program: string;
  readonly #kubeconfig: string;

  /** @param tools the folder of the program (KUBECTL_TOOLS) */
  constructor(tools: string, kubeconfig: string) {
    this.#program = join(tools, 'kubectl');
    this.#kubeconfig = kubeconfig;
  }

  /** Runs it to its end, with any outcome. */
  run(args: readonly string[], input = ''): Promise<RunResult> {
    // It caches what it learns of a server by address, and ports are reused.
    const flags = [`--kubeconfig=${this.#kubeconfig}`, `--cache-dir=${this.#kubeconfig}.cache`];
    return run(this.#program, [...flags, ...args], { input });
  }

  /** Its output. @throws Error with what it prints as an error */
  call(...args: readonly string[]): Promise<string> {
    return this.#told(args, '');
  }

  /**
   * `kubectl explain FIELD`, once that is described: the API server of the tests asks the server of CRDs once a minute.
   */
  explain(field: string): Promise<string> {
    const described = async () => {
      const { code, stdout } = await this.run(['explain', field]);
      return code === 0 && stdout;
    };
    return until(`${field} to be described`, described, { timeoutMs: 150_000, intervalMs: 500 });
  }

  /** `kubectl get ARGS`, as objects. */
  async get<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.call('get', ...args, '-o', 'json')) as T;
  }

  /** `kubectl apply ARGS` of YAML, or of objects. */
  apply(objects: string | readonly object[], ...args: readonly string[]): Promise<string> {
    const input =
      typeof objects === 'string' ? objects : JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects });
    return this.#told(['apply', ...args, '-f', '-'], input);
  }

  async #told(args: readonly string[], input: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(args, input);
    if (code !== 0) throw new Error(`kubectl ${args.join(' ')} ended with ${code}: ${stderr.trim() || stdout.trim()}`);
    return stdout;
  }
}

/** Writes a kubeconfig with a token of a service account, like that in a Pod; it has only the rights of the account. */
export async function serviceAccountKubeconfig(
  api: KubernetesApi,
  folder: string,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<string> {
  const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 3_600 } };
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`;
  const { status, body } = await api.request('POST', path, JSON.stringify(request));
  if (status !== 201) throw new Error(`no token for ${namespace}/${name}: ${body}`);
  const file = join(folder, `kubeconfig-${namespace}-${name}`);
  writeFileSync(file, api.kubeconfig(name, JSON.parse(body).status.token), { mode: 0o600 });
  return file;
}
