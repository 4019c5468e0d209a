import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Container, V1Pod, V1PodStatus } from '@kubernetes/client-node';
import type { Sandbox } from '../../../../dev/sandbox.ts';
import { Container, type RestartPolicy } from './container.ts';
import { writeBundle } from './container-bundle.ts';
import { environmentOf } from './environment.ts';
import { imageOf } from './image.ts';
import type { PodInterface, PodNetwork } from './pod-network.ts';
import { makeVolume, type VolumeSources } from './volumes.ts';

export interface PodSurroundings {
  readonly sandbox: Sandbox;
  readonly network: PodNetwork;
  readonly bitcoind: string;
  /** The content of each container's /etc/hosts. */
  readonly hostsFile: string;
  readonly sources: Omit<VolumeSources, 'pod' | 'podAddress'>;
  /** Variables of all containers, in addition to those of the image. */
  variables(): Promise<Readonly<Record<string, string>>>;
}

const RETRY_MS = 250;

/** A Pod on this machine: its network, its volumes, its containers in order, and its status. */
export class RunningPod {
  readonly pod: V1Pod;
  readonly #around: PodSurroundings;
  readonly #startTime = new Date();
  readonly #stopping = new AbortController();
  readonly #initContainers: Container[] = [];
  readonly #containers: Container[] = [];
  readonly #done: Promise<void>;
  #interface: PodInterface | null = null;
  #isInitialized = false;
  #hasFailed = false;
  /** Why it cannot start yet. */
  #obstacle = '';
  #stopped: Promise<void> | null = null;

  constructor(pod: V1Pod, around: PodSurroundings) {
    this.pod = pod;
    this.#around = around;
    this.#done = this.#run();
  }

  get address(): string | undefined {
    return this.#interface?.address;
  }

  /** Ends its containers. Resolves when nothing of it runs any more. */
  stop(graceMs: number): Promise<void> {
    this.#stopped ??= this.#stop(graceMs);
    return this.#stopped;
  }

  /** Runs a command in a container. @returns whether it exited with 0 */
  exec(container: string, command: readonly string[]): Promise<boolean> {
    const running = this.#containers.find(({ status }) => status.name === container);
    if (!running) throw new Error(`${this.pod.metadata!.name} has no container ${container} that runs`);
    return running.exec(command);
  }

  get status(): V1PodStatus {
    const { address } = this;
    return {
      phase: this.#phase,
      startTime: this.#startTime,
      hostIP: this.#around.network.host,
      ...(address !== undefined && { podIP: address, podIPs: [{ ip: address }] }),
      message: this.#obstacle,
      initContainerStatuses: this.#initContainers.map(({ status }) => status),
      containerStatuses: this.#containers.map(({ status }) => status),
    } as V1PodStatus;
  }

  /** By the types of Pod conditions. */
  get conditions(): Readonly<Record<string, boolean>> {
    const isReady = this.#phase === 'Running' && this.#containers.every(({ isReady }) => isReady);
    return { PodScheduled: true, Initialized: this.#isInitialized, ContainersReady: isReady, Ready: isReady };
  }

  get #phase(): string {
    if (this.#hasFailed) return 'Failed';
    if (!this.#isInitialized || this.#containers.length === 0) return 'Pending';
    const codes = this.#containers.map(({ exitCode }) => exitCode);
    const isOver = this.#restartPolicy !== 'Always' || this.#stopping.signal.aborted;
    if (!isOver || codes.includes(undefined)) return 'Running';
    if (codes.every((code) => code === 0)) return 'Succeeded';
    const isAgain = this.#restartPolicy === 'OnFailure' && !this.#stopping.signal.aborted;
    return isAgain ? 'Running' : 'Failed';
  }

  get #restartPolicy(): RestartPolicy {
    return this.pod.spec!.restartPolicy as RestartPolicy;
  }

  async #run(): Promise<void> {
    this.#interface = await this.#around.network.attach();
    const volumes = await this.#untilDone(() => this.#makeVolumes());
    const { initContainers = [], containers } = this.pod.spec!;
    for (const container of initContainers) {
      const started = await this.#untilDone(() => this.#create(container, volumes!, true));
      if (!started) return;
      this.#initContainers.push(started);
      await started.run();
      this.#hasFailed = started.exitCode !== 0;
      if (this.#stopping.signal.aborted || this.#hasFailed) return;
    }
    this.#isInitialized = true;
    const created = await this.#untilDone(() =>
      Promise.all(containers.map((container) => this.#create(container, volumes!, false))),
    );
    if (!created) return;
    this.#containers.push(...created);
    await Promise.all(created.map((container) => container.run()));
  }

  async #stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    await Promise.all([...this.#initContainers, ...this.#containers].map((container) => container.stop(graceMs)));
    await this.#done;
    if (this.#interface) await this.#around.network.detach(this.#interface);
  }

  /** Retries until it works, because things that a Pod needs may come later. Undefined if the Pod must end before. */
  async #untilDone<T>(attempt: () => Promise<T>): Promise<T | undefined> {
    while (!this.#stopping.signal.aborted) {
      try {
        const result = await attempt();
        this.#obstacle = '';
        return result;
      } catch (error) {
        this.#obstacle = error instanceof Error ? error.message : String(error);
        await delay(RETRY_MS);
      }
    }
    return undefined;
  }

  get #sources(): VolumeSources {
    return { ...this.#around.sources, pod: this.pod, podAddress: this.#interface!.address };
  }

  async #makeVolumes(): Promise<Map<string, string>> {
    const folders = new Map<string, string>();
    for (const volume of this.pod.spec!.volumes ?? []) {
      const folder = join(this.#around.sandbox.folder, 'volumes', this.pod.metadata!.uid!, volume.name);
      folders.set(volume.name, await makeVolume(volume, folder, this.#sources));
    }
    return folders;
  }

  async #create(container: V1Container, volumes: ReadonlyMap<string, string>, isInit: boolean): Promise<Container> {
    const { metadata, spec } = this.pod;
    const { sandbox, network, bitcoind, hostsFile } = this.#around;
    const image = imageOf(container.image ?? '');
    const hostname = spec!.hostname ?? metadata!.name!;
    const inherited = { PATH, HOSTNAME: hostname, ...(await this.#around.variables()), ...image.env };
    const variables = await environmentOf(container, inherited, this.#sources);
    const podSecurity = spec!.securityContext ?? {};
    const options = { container, image, podSecurity, variables, volumes, hostname, hostsFile, bitcoind };
    return new Container({
      container,
      id: `bq${network.number}-${metadata!.uid}-${container.name}`,
      logName: logName(metadata!.namespace!, metadata!.name!, container.name),
      sandbox,
      runtimeState: network.runtimeState,
      address: this.#interface!.address,
      writeBundle: (folder) => writeBundle(folder, { ...options, network: this.#interface!.namespace }),
      restartPolicy: isInit && this.#restartPolicy === 'Always' ? 'OnFailure' : this.#restartPolicy,
      graceMs: (spec!.terminationGracePeriodSeconds ?? 30) * 1_000,
    });
  }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

export function logName(namespace: string, pod: string, container: string): string {
  return `${namespace}_${pod}_${container}`;
}
