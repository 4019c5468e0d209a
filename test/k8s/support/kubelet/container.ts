import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1Container, V1ContainerState, V1ContainerStatus } from '@kubernetes/client-node';
import type { Sandbox, SandboxProcess } from '../../../../dev/sandbox.ts';
import { run } from '../../../cli/support.ts';
import { ask, type ProbeTarget, watchProbe } from './probes.ts';

/** When a container is restarted after it has ended. */
export type RestartPolicy = 'Always' | 'OnFailure' | 'Never';

export interface ContainerOptions {
  readonly container: V1Container;
  /** Unique among the containers of this machine. */
  readonly id: string;
  /** The name of its log. */
  readonly logName: string;
  readonly sandbox: Sandbox;
  /** Where runc keeps its state. */
  readonly runtimeState: string;
  /** Where the Pod is. */
  readonly address: string;
  /** Creates its files again in a folder. */
  readonly writeBundle: (folder: string) => void;
  readonly restartPolicy: RestartPolicy;
  /** How long it may take to end after a failed probe. */
  readonly graceMs: number;
}

/** A kubelet first waits 10 s; these tests have less time. */
const FIRST_BACKOFF_MS = 500;
const MOST_BACKOFF_MS = 10_000;
const SIGNALS: Readonly<Record<string, number>> = { SIGKILL: 137, SIGTERM: 143 };

/** A container of a Pod: runs, is probed, is restarted as its Pod demands, and ends. */
export class Container {
  readonly #options: ContainerOptions;
  readonly #stopping = new AbortController();
  #process: SandboxProcess | null = null;
  #state: V1ContainerState = { waiting: { reason: 'ContainerCreating' } };
  #lastState: V1ContainerState = {};
  #restarts = 0;
  #isStarted = false;
  #isReady = false;

  constructor(options: ContainerOptions) {
    this.#options = options;
  }

  get isReady(): boolean {
    return this.#isReady;
  }

  /** Undefined while it runs, or before. */
  get exitCode(): number | undefined {
    return this.#state.terminated?.exitCode;
  }

  get status(): V1ContainerStatus {
    const { name, image = '' } = this.#options.container;
    return {
      name,
      image,
      imageID: image,
      ready: this.#isReady,
      started: this.#isStarted,
      restartCount: this.#restarts,
      state: this.#state,
      lastState: this.#lastState,
    } as V1ContainerStatus;
  }

  /** Runs it until it has ended for good. */
  async run(): Promise<void> {
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, MOST_BACKOFF_MS)) {
      const exitCode = await this.#runOnce();
      const { restartPolicy } = this.#options;
      const isAgain =
        exitCode === null || restartPolicy === 'Always' || (restartPolicy === 'OnFailure' && exitCode !== 0);
      if (!isAgain || this.#stopping.signal.aborted) return;
      if (exitCode !== null) {
        this.#lastState = this.#state;
        this.#state = { waiting: { reason: 'CrashLoopBackOff' } };
      }
      await delay(backoffMs, null, { signal: this.#stopping.signal }).catch(() => {});
      if (this.#stopping.signal.aborted) {
        if (exitCode !== null) this.#state = this.#lastState;
        return;
      }
      this.#restarts++;
    }
  }

  /** Runs its preStop hook, then stops it; kills it after the grace period. */
  async stop(graceMs: number): Promise<void> {
    this.#stopping.abort();
    if (this.#process !== null) await this.#end(this.#process, graceMs);
  }

  /** Runs a command in it. @returns whether it exited with 0 */
  async exec(command: readonly string[]): Promise<boolean> {
    return (await this.#runc('exec', this.#id, ...command)).code === 0;
  }

  get #id(): string {
    return `${this.#options.id}-${this.#restarts}`;
  }

  /** Its exit code; null if it could not be started. */
  async #runOnce(): Promise<number | null> {
    const { sandbox, runtimeState, writeBundle, logName } = this.#options;
    const startedAt = new Date();
    const bundle = join(sandbox.folder, 'bundles', this.#id);
    mkdirSync(bundle, { recursive: true });
    try {
      writeBundle(bundle);
    } catch (error) {
      this.#state = { waiting: { reason: 'CreateContainerConfigError', message: String(error) } };
      return null;
    }
    const process = sandbox.start(logName, 'runc', ['--root', runtimeState, 'run', '--bundle', bundle, this.#id]);
    this.#process = process;
    this.#state = { running: { startedAt } };
    const probing = new AbortController();
    this.#probe(probing.signal);
    const result = await process.ended;
    probing.abort();
    this.#process = null;
    this.#isStarted = false;
    this.#isReady = false;
    const exitCode = typeof result === 'number' ? result : (SIGNALS[result] ?? 1);
    const end = { exitCode, startedAt, finishedAt: new Date() };
    const failure = { ...end, reason: 'Error', message: process.output() };
    this.#state = { terminated: exitCode === 0 ? { ...end, reason: 'Completed' } : failure };
    return exitCode;
  }

  #probe(signal: AbortSignal): void {
    const { startupProbe } = this.#options.container;
    if (!startupProbe) {
      this.#started(signal);
      return;
    }
    const starting = new AbortController();
    const tell = (isGood: boolean): void => {
      starting.abort();
      if (isGood) this.#started(signal);
      else this.#kill();
    };
    void watchProbe(startupProbe, this.#target, tell, AbortSignal.any([signal, starting.signal]));
  }

  #started(signal: AbortSignal): void {
    const { readinessProbe, livenessProbe } = this.#options.container;
    this.#isStarted = true;
    this.#isReady = !readinessProbe;
    const setReady = (isGood: boolean): void => {
      this.#isReady = isGood;
    };
    const killUnless = (isGood: boolean): void => {
      if (!isGood) this.#kill();
    };
    if (readinessProbe) void watchProbe(readinessProbe, this.#target, setReady, signal);
    if (livenessProbe) void watchProbe(livenessProbe, this.#target, killUnless, signal);
  }

  /** A probe failed: it must be restarted. */
  #kill(): void {
    if (this.#process !== null) void this.#end(this.#process, this.#options.graceMs);
  }

  async #end(process: SandboxProcess, graceMs: number): Promise<void> {
    const grace = new AbortController();
    void process.ended.then(() => grace.abort());
    const killing = delay(graceMs, null, { signal: grace.signal }).then(() => this.#killUntil(process));
    killing.catch(() => {}); // it has ended by itself
    await this.#preStop(grace.signal);
    process.kill('SIGTERM');
    await process.ended;
  }

  async #killUntil(process: SandboxProcess): Promise<void> {
    for (; process.result === undefined; await delay(200)) await this.#runc('kill', this.#id, 'KILL');
  }

  get #target(): ProbeTarget {
    const { container, address } = this.#options;
    return {
      address,
      portOf: (port) => {
        const named = container.ports?.find(({ name }) => name === port)?.containerPort ?? Number(port);
        if (Number.isNaN(named)) throw new Error(`container ${container.name} has no port ${port}`);
        return named;
      },
      exec: (command) => this.exec(command),
    };
  }

  async #preStop(signal: AbortSignal): Promise<void> {
    const { exec, httpGet, sleep } = this.#options.container.lifecycle?.preStop ?? {};
    const { graceMs } = this.#options;
    try {
      if (exec) await this.#target.exec(exec.command ?? []);
      if (httpGet) await ask({ httpGet, timeoutSeconds: Math.ceil(graceMs / 1_000) }, this.#target);
      if (sleep) await delay(sleep.seconds * 1_000, null, { signal });
    } catch {
      // It has ended in the meantime, or the hook fails: it must end nevertheless.
    }
  }

  #runc(...args: readonly string[]) {
    return run('runc', ['--root', this.#options.runtimeState, ...args]);
  }
}
