import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Sandbox, SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { DEFAULT_TIERS } from '../../src/access/tiers.ts';
import { BITQL, cleanEnvironment } from '../../test/cli/support.ts';
import { processorMsOf } from '../processes.ts';

const UNLIMITED = 1e15;
/** Nothing listens there: the gateway takes broadcasts, and so bodies of 1 MiB. */
const NODE = 'http://nobody:nothing@127.0.0.1:9';

/** It is at rest when it uses no more than one tick of processor time in this time. */
const REST_MS = 50;
const TICK_MS = 10;
const REST_PATIENCE_MS = 30_000;

/** `bitql serve` in a process of its own. Limits of a single request are the usual ones; there is no limit of how many. */
export class Gateway {
  readonly #sandbox: Sandbox;
  readonly #args: readonly string[];
  #begun = 0;
  #process: SandboxProcess | null = null;
  #processorMs = 0;
  #url = '';

  private constructor(sandbox: Sandbox, location: string, flags: readonly string[]) {
    const tiers = `${sandbox.folder}/tiers.json`;
    const anonymous = { ...DEFAULT_TIERS.anonymous, costPerMinute: UNLIMITED, burst: UNLIMITED };
    writeFileSync(tiers, JSON.stringify({ anonymous }));
    this.#sandbox = sandbox;
    this.#args = [...flags, BITQL, 'serve', '--port', '0', '--store', location, '--tiers', tiers, '--node', NODE];
  }

  /** @param flags of Node */
  static async start(sandbox: Sandbox, location: string, flags: readonly string[]): Promise<Gateway> {
    const gateway = new Gateway(sandbox, location, flags);
    await gateway.restart();
    return gateway;
  }

  /** Without a path. */
  get url(): string {
    return this.#url;
  }

  get isRunning(): boolean {
    return this.#process !== null && this.#process.result === undefined;
  }

  /** The processor time of all its threads, in milliseconds; the last known value if it has ended. */
  get processorMs(): number {
    if (this.isRunning) this.#processorMs = processorMsOf(this.#process!);
    return this.#processorMs;
  }

  /** Replaces it by another process. */
  async restart(): Promise<void> {
    this.#process?.kill('SIGKILL');
    await this.#process?.ended;
    const name = `gateway-${this.#begun++}`;
    const child = this.#sandbox.start(name, process.execPath, this.#args, cleanEnvironment());
    this.#process = child;
    this.#url = await until('the gateway to listen', () => {
      if (child.result !== undefined) throw new Error(`the gateway ended with ${child.result}:\n${child.output()}`);
      return / at (http:\S+?)\/graphql\b/.exec(child.output())?.[1];
    });
  }

  /** Lets it end, so that it can write a profile. */
  async stop(): Promise<void> {
    this.#process?.kill('SIGTERM');
    await this.#process?.ended;
  }

  /** Waits until it reports that it is alive, and is idle. @returns whether that happened */
  async untilAtRest(): Promise<boolean> {
    const patience = AbortSignal.timeout(REST_PATIENCE_MS);
    while (this.isRunning && (await this.#answers(patience))) {
      const before = this.processorMs;
      await sleep(REST_MS);
      if (this.processorMs - before <= TICK_MS) return this.isRunning;
    }
    return false;
  }

  async #answers(patience: AbortSignal): Promise<boolean> {
    const response = await fetch(`${this.#url}/livez`, { signal: patience }).catch(() => null);
    await response?.body?.cancel();
    return response !== null;
  }
}
