import { readFileSync } from 'node:fs';
import type { SandboxProcess } from '../dev/sandbox.ts';
import { until } from '../dev/until.ts';

/** @throws where a process has ended, with its last words */
export function running(process: SandboxProcess): true {
  if (process.result !== undefined) throw new Error(`a process ended with ${process.result}:\n${process.output()}`);
  return true;
}

/** The address of the endpoint of a gateway that starts, once it listens. */
export function untilServing(gateway: SandboxProcess): Promise<string> {
  return until(
    'a gateway to listen',
    () => running(gateway) && /GraphQL is at (\S+?\/graphql)\b/.exec(gateway.output())?.[1],
  );
}

const TICK_MS = 10;

/**
 * The time that a process has had of the processors, in milliseconds. As proc(5) has it: user and system time are the 14th and 15th field, in ticks; the second is a name in parentheses.
 */
export function processorMsOf({ pid }: SandboxProcess): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return TICK_MS * (Number(fields[11]) + Number(fields[12]));
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Hears of Ctrl-C, and of an error that nobody else catches, so that all that was started is ended properly. */
export class Interruption implements Disposable {
  /** Rejects when it comes. */
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
