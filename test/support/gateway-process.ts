import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../../dev/free-port.ts';
import type { Sandbox, SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, cleanEnvironment } from '../cli/support.ts';
import type { Home } from './indexer-process.ts';
import type { MemoryLimit } from './memory-limit.ts';

export interface GatewayProcessOptions {
  /** Further arguments of `bitql serve` [none]. */
  readonly args?: readonly string[];
  /** The limit of open files [that of the tests]. */
  readonly openFiles?: number | null;
  /** The limit of its memory [none]. */
  readonly memory?: MemoryLimit | null;
}

/** `bitql serve` in its own process, always at the same address. */
export class GatewayProcess {
  readonly url: string;
  readonly #sandbox: Sandbox;
  readonly #home: Home;
  readonly #port: number;
  readonly #args: readonly string[];
  readonly #limits: string;
  #process: SandboxProcess;
  #begun = 0;
  #name = '';

  private constructor(
    sandbox: Sandbox,
    home: Home,
    port: number,
    { args = [], openFiles = null, memory = null }: GatewayProcessOptions,
  ) {
    this.#sandbox = sandbox;
    this.#home = home;
    this.#port = port;
    this.#args = args;
    const files = openFiles === null ? '' : `ulimit -n ${openFiles}; `;
    this.#limits = files + (memory === null ? '' : `echo $$ > ${memory.file}; `);
    this.url = `http://127.0.0.1:${port}`;
    this.#process = this.#start();
  }

  /** @param args further arguments of `bitql serve` */
  static start(sandbox: Sandbox, home: Home, args: readonly string[] = []): Promise<GatewayProcess> {
    return GatewayProcess.with(sandbox, home, { args });
  }

  static async with(sandbox: Sandbox, home: Home, options: GatewayProcessOptions): Promise<GatewayProcess> {
    const gateway = new GatewayProcess(sandbox, home, await freePort(), options);
    await gateway.#untilUp();
    return gateway;
  }

  /** Undefined once it has ended. */
  get pid(): number | undefined {
    return this.#process.result === undefined ? this.#process.pid : undefined;
  }

  /** All that it has printed. */
  log(): string {
    return readFileSync(join(this.#sandbox.folder, `${this.#name}.log`), 'utf8');
  }

  /** Kills it, and starts another in its place. */
  async replace(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.ended;
    this.#process = this.#start();
    await this.#untilUp();
  }

  /** Stops it properly, and starts another in its place. @returns its exit code or signal */
  async restart(): Promise<number | NodeJS.Signals> {
    this.#process.kill('SIGTERM');
    const result = await this.#process.ended;
    this.#process = this.#start();
    await this.#untilUp();
    return result;
  }

  #start(): SandboxProcess {
    const args = [
      'serve',
      '--store',
      this.#home.location,
      '--port',
      String(this.#port),
      '--sqlite-cache',
      '8',
      '--tiers',
      'none',
    ];
    this.#name = `gateway ${this.#port} ${this.#begun++}`;
    const command = [process.execPath, BITQL, ...args, ...this.#args];
    return this.#sandbox.start(
      this.#name,
      'sh',
      ['-c', `${this.#limits}exec "$@"`, 'sh', ...command],
      cleanEnvironment(),
    );
  }

  #untilUp(): Promise<true> {
    return until('the gateway to answer', async () => {
      if (this.#process.result !== undefined) throw new Error(`the gateway ended: ${this.#process.output()}`);
      const answer = await fetch(`${this.url}/schema.graphql`).catch(() => null);
      return answer?.ok === true ? true : null;
    });
  }
}
