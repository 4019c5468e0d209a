import { execFileSync } from 'node:child_process';
import { createHash, generateKeyPairSync, randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { registerVersion } from './api-services.ts';
import { CrdGroups } from './crd-groups.ts';
import { KubernetesApi } from './kubernetes-api.ts';
import { NEWER_GROUP_VERSIONS, serveNewerVersions } from './newer-versions.ts';

export interface KubernetesOptions {
  /** Creates Pods of Deployments and Jobs, and collects garbage [true]. No Pod runs: there is no kubelet. */
  readonly controllerManager?: boolean;
  /** Also serves policy/v1 and autoscaling/v2, for which kube-apiserver is too old [false]. */
  readonly newerVersions?: boolean;
  /** Writes each request without its body to `auditLogPath` [false]. */
  readonly audit?: boolean;
  /**
   * Runs before the controllers start. Their garbage collector finds kinds that are defined later only after half a
   * minute.
   */
  readonly prepare?: (api: KubernetesApi) => Promise<void>;
}

/** For a busy machine. */
const START_MS = 120_000;

/**
 * Starts a real Kubernetes API with RBAC on free ports: etcd, kube-apiserver, kube-controller-manager, and behind
 * kube-apiserver the newer apiextensions-apiserver, which serves CRDs and their objects. It ends with `close`, with
 * `await using`, and with the test process.
 * @param assets the folder of the programs (KUBEBUILDER_ASSETS)
 */
export async function startKubernetes(assets: string, options: KubernetesOptions = {}): Promise<KubernetesServer> {
  const api = new KubernetesServer(assets, await freePort(), new Sandbox('kubernetes'));
  try {
    await api.start(options);
    return api;
  } catch (error) {
    await api.close();
    throw error;
  }
}

export class KubernetesServer extends KubernetesApi implements AsyncDisposable {
  readonly #assets: string;
  readonly #sandbox: Sandbox;
  #server: { readonly process: SandboxProcess; readonly etcd: string } | null = null;
  /** The parts in this process. */
  readonly #besides = new AsyncDisposableStack();
  #isAudited = false;

  /** Use `startKubernetes`. */
  constructor(assets: string, port: number, sandbox: Sandbox) {
    const token = createHash('sha256').update(randomBytes(16)).digest('hex');
    super({ url: `https://127.0.0.1:${port}`, token, folder: sandbox.folder });
    this.#assets = assets;
    this.#sandbox = sandbox;
  }

  /** One JSON object per line (audit.k8s.io/v1), if requested. */
  get auditLogPath(): string {
    return this.#file('audit.log');
  }

  /** The process of kube-apiserver. */
  get serverProcess(): SandboxProcess {
    return this.#server!.process;
  }

  async start(options: KubernetesOptions): Promise<void> {
    const { controllerManager = true, newerVersions = false, audit = false, prepare } = options;
    this.#isAudited = audit;
    const etcd = await this.#startEtcd();
    this.#makeProxyCertificate();
    await this.#bringUpServer(etcd);
    writeFileSync(this.kubeconfigPath, this.kubeconfig('admin', this.token));
    const prepared = this.#bringUpExtensions(etcd).then(() => prepare?.(this));
    if (prepare) await prepared;
    await Promise.all([prepared, controllerManager && this.#bringUpControllerManager()]);
    if (newerVersions) await this.#bringUpNewerVersions();
  }

  /** Ends kube-apiserver with all of its connections, and starts it again at the same address, with the same data. */
  async restartServer(): Promise<void> {
    const { process, etcd } = this.#server!;
    process.kill('SIGKILL');
    await process.ended;
    await this.#bringUpServer(etcd);
  }

  async close(): Promise<void> {
    await this.#besides.disposeAsync();
    await this.#sandbox.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #file(name: string): string {
    return join(this.#sandbox.folder, name);
  }

  async #bringUpServer(etcd: string): Promise<void> {
    const process = this.#startServer(etcd);
    this.#server = { process, etcd };
    await this.#waitFor(process, 'kube-apiserver', () => this.#ready());
  }

  async #startEtcd(): Promise<string> {
    const [clients, peers] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${clients}`;
    const peerUrl = `http://127.0.0.1:${peers}`;
    const etcd = this.#sandbox.start('etcd', join(this.#assets, 'etcd'), [
      `--data-dir=${this.#file('etcd')}`,
      `--listen-client-urls=${url}`,
      `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      '--unsafe-no-fsync', // what a test writes need not outlive the machine
    ]);
    await this.#waitFor(etcd, 'etcd', async () => (await fetch(`${url}/health`)).ok);
    return url;
  }

  #startServer(etcd: string): SandboxProcess {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', {
      modulusLength: 2048,
      privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
      publicKeyEncoding: { type: 'spki', format: 'pem' },
    });
    writeFileSync(this.#file('service-accounts.key'), privateKey);
    writeFileSync(this.#file('service-accounts.pub'), publicKey);
    writeFileSync(this.#file('tokens.csv'), `${this.token},admin,admin,system:masters\n`);
    return this.#sandbox.start('kube-apiserver', join(this.#assets, 'kube-apiserver'), [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${new URL(this.url).port}`,
      '--insecure-port=0',
      `--cert-dir=${this.#file('certificates')}`,
      `--token-auth-file=${this.#file('tokens.csv')}`,
      '--authorization-mode=RBAC',
      '--service-cluster-ip-range=10.0.0.0/16',
      '--service-account-issuer=https://kubernetes.default.svc',
      `--service-account-key-file=${this.#file('service-accounts.pub')}`,
      `--service-account-signing-key-file=${this.#file('service-accounts.key')}`,
      // apiextensions-apiserver handles everything about CRDs. It learns from this certificate and headers who the
      // caller is.
      '--runtime-config=apiextensions.k8s.io/v1=false,apiextensions.k8s.io/v1beta1=false',
      `--client-ca-file=${this.#file('proxy.crt')}`,
      `--proxy-client-cert-file=${this.#file('proxy.crt')}`,
      `--proxy-client-key-file=${this.#file('proxy.key')}`,
      `--requestheader-client-ca-file=${this.#file('proxy.crt')}`,
      '--requestheader-username-headers=X-Remote-User',
      '--requestheader-group-headers=X-Remote-Group',
      '--requestheader-extra-headers-prefix=X-Remote-Extra-',
      ...(this.#isAudited ? this.#auditFlags() : []),
    ]);
  }

  #auditFlags(): string[] {
    const rules = [{ level: 'Metadata', omitStages: ['RequestReceived'] }];
    const policy = { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules };
    writeFileSync(this.#file('audit-policy.json'), JSON.stringify(policy));
    return [`--audit-policy-file=${this.#file('audit-policy.json')}`, `--audit-log-path=${this.auditLogPath}`];
  }

  /** Node.js cannot create certificates. */
  #makeProxyCertificate(): void {
    const files = ['-keyout', this.#file('proxy.key'), '-out', this.#file('proxy.crt')];
    const kind = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=proxy'];
    execFileSync('openssl', ['req', ...kind, ...files], { stdio: 'pipe' });
  }

  async #bringUpExtensions(etcd: string): Promise<void> {
    const port = await freePort();
    const server = this.#sandbox.start('apiextensions-apiserver', join(this.#assets, 'apiextensions-apiserver'), [
      `--etcd-servers=${etcd}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${port}`,
      `--cert-dir=${this.#file('extensions')}`,
      `--kubeconfig=${this.kubeconfigPath}`,
      `--authentication-kubeconfig=${this.kubeconfigPath}`,
      `--authorization-kubeconfig=${this.kubeconfigPath}`,
      // These ask kube-apiserver for kinds for which it is too old.
      '--enable-priority-and-fairness=false',
      '--disable-admission-plugins=ValidatingAdmissionPolicy,MutatingAdmissionPolicy',
    ]);
    const groups = this.#besides.use(new CrdGroups(this, port));
    await this.#waitFor(server, 'apiextensions-apiserver', () => groups.begin());
  }

  async #bringUpNewerVersions(): Promise<void> {
    const certificate = { cert: this.#file('proxy.crt'), key: this.#file('proxy.key') };
    const server = await serveNewerVersions(this, certificate);
    this.#besides.use(server);
    for (const name of NEWER_GROUP_VERSIONS) {
      // A lower priority than kube-apiserver's own versions, so that its controllers still prefer those.
      await registerVersion(this, name, { port: server.port, priority: 1 });
      const [version, group] = name.split('.');
      await until(
        `${name} to be served`,
        async () => (await this.request('GET', `/apis/${group}/${version}`)).status === 200,
        {
          timeoutMs: START_MS,
          intervalMs: 100,
        },
      );
    }
  }

  async #bringUpControllerManager(): Promise<void> {
    const manager = await this.#startControllerManager();
    // Until it has created the service account of the default namespace, no Pod can be created there.
    await this.#waitFor(manager, 'kube-controller-manager', async () => {
      const { status } = await this.request('GET', '/api/v1/namespaces/default/serviceaccounts/default');
      return status === 200;
    });
  }

  async #startControllerManager(): Promise<SandboxProcess> {
    return this.#sandbox.start('kube-controller-manager', join(this.#assets, 'kube-controller-manager'), [
      `--kubeconfig=${this.kubeconfigPath}`,
      '--bind-address=127.0.0.1',
      `--secure-port=${await freePort()}`,
      '--port=0',
      `--cert-dir=${this.#file('certificates')}`,
      '--leader-elect=false',
      '--use-service-account-credentials=true',
      `--root-ca-file=${this.#file('certificates/apiserver.crt')}`, // which Pods then find beside their token
      `--service-account-private-key-file=${this.#file('service-accounts.key')}`,
    ]);
  }

  async #ready(): Promise<boolean> {
    return (await this.request('GET', '/readyz')).status === 200;
  }

  /** Waits until the check is true. It may throw meanwhile, but the program must not exit. */
  async #waitFor(process: SandboxProcess, name: string, check: () => Promise<boolean>): Promise<void> {
    const met = async () => {
      if (process.result !== undefined) throw new Error(`${name} ended with ${process.result}:\n${process.output()}`);
      return check().catch(() => false);
    };
    await until(`${name} to be ready`, met, { timeoutMs: START_MS, intervalMs: 100 });
  }
}
