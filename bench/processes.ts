import { readFileSync } from 'node:fs';
import type { SandboxProcess } from '../dev/sandbox.ts';
import { until } from '../dev/until.ts';

/** @throws if a process has ended, with its output */
export function running(process: SandboxProcess): true {
  if (process.result !== undefined) throw new Error(`a process ended with ${process.result}:\n${process.output()}`);
  return true;
}

/** Waits until a gateway listens. @returns the URL of its endpoint */
export function untilServing(gateway: SandboxProcess): Promise<string> {
  return until(
    'a gateway to listen',
    () => running(gateway) && /GraphQL is at (\S+?\/graphql)\b/.exec(gateway.output())?.[1],
  );
}

/** The unit of processor time in proc(5), in milliseconds. */
export const TICK_MS = 10;

/**
 * The processor time that a process has used, in milliseconds. In proc(5), user and system time are the 14th and 15th field, in
 * ticks; the second field is a name in parentheses.
 */
export function processorMsOf({ pid }: Pick<SandboxProcess, 'pid'>): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Waits for Ctrl-C or an uncaught error, so that all processes that were started can be ended properly. */
export class Interruption implements Disposable {
  /** Rejects when it happens. */
  readonly comes: Promise<never>;
  readonly #reject: (reason: unknown) => void;

  constructor() {
    const { promise, reject } = Promise.withResolvers<never>();
    this.comes = promise;
    this.#reject = reject;
    for (const signal of SIGNALS) process.once(signal, reject);
    process.once('uncaughtException', reject);
  }

  [Symbol.dispose](): void {
    for (const signal of SIGNALS) process.off(signal, this.#reject);
    process.off('uncaughtException', this.#reject);
  }
}
