import type { Sandbox, SandboxProcess } from '../../../../dev/sandbox.ts';
import { until } from '../../../../dev/until.ts';
import { BITQL, cleanEnvironment } from '../../../cli/support.ts';

export interface OperatorProcessOptions {
  readonly kubeconfig: string;
  readonly namespace: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * `bitql operator` for one namespace, in its own process. It is the only one, so that a new one need not wait for a
 * lease.
 */
export class OperatorProcess {
  readonly #sandbox: Sandbox;
  readonly #options: OperatorProcessOptions;
  #process: SandboxProcess;
  #begun = 0;

  constructor(sandbox: Sandbox, options: OperatorProcessOptions) {
    this.#sandbox = sandbox;
    this.#options = options;
    this.#process = this.#start();
  }

  output(): string {
    return this.#process.output();
  }

  /** Kills it, wherever it is, and starts a new one. */
  async replace(): Promise<void> {
    this.#process.kill('SIGKILL');
    await this.#process.ended;
    this.#process = this.#start();
  }

  /** Waits until it reconciles its namespace. */
  async untilUp(): Promise<void> {
    await until('the operator to be up', () => /Managing/.test(this.output()));
  }

  #start(): SandboxProcess {
    const { kubeconfig, namespace, env = {} } = this.#options;
    const args = ['operator', '--kubeconfig', kubeconfig, '--namespaces', namespace, '--lease-name', 'none'];
    const environment = { ...cleanEnvironment(), ...env };
    return this.#sandbox.start(`operator ${this.#begun++}`, process.execPath, [BITQL, ...args], environment);
  }
}
