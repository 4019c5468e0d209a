import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { V1HTTPGetAction, V1Probe, V1TCPSocketAction } from '@kubernetes/client-node';

/** The targets of a probe. */
export interface ProbeTarget {
  readonly address: string;
  /** The number of a named port of the container. */
  portOf(port: number | string): number;
  /** Whether a command in the container ends with 0. */
  exec(command: readonly string[]): Promise<boolean>;
}

/**
 * Repeats a probe. It reports a result once that came as many times in a row as its threshold demands. Ends at the
 * signal.
 */
export async function watchProbe(
  probe: V1Probe,
  target: ProbeTarget,
  tell: (isGood: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  const { initialDelaySeconds = 0, periodSeconds = 10, successThreshold = 1, failureThreshold = 3 } = probe;
  let said: boolean | null = null;
  let inARow = 0;
  try {
    await delay(initialDelaySeconds * 1_000, null, { signal });
    for (;;) {
      const isGood = await ask(probe, target).catch(() => false);
      inARow = isGood === said ? inARow + 1 : 1;
      said = isGood;
      if (!signal.aborted && inARow >= (isGood ? successThreshold : failureThreshold)) tell(isGood);
      await delay(periodSeconds * 1_000, null, { signal });
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Runs it once. */
export async function ask(probe: V1Probe, target: ProbeTarget): Promise<boolean> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1_000;
  if (probe.httpGet) return askHttp(probe.httpGet, target, timeoutMs);
  if (probe.tcpSocket) return askTcp(probe.tcpSocket, target, timeoutMs);
  if (!probe.exec?.command) throw new Error('this kubelet knows probes by httpGet, tcpSocket and exec');
  const tooLate = delay(timeoutMs, false, { ref: false });
  return Promise.race([target.exec(probe.exec.command), tooLate]);
}

async function askHttp(
  { scheme = 'HTTP', host, port, path = '/', httpHeaders = [] }: V1HTTPGetAction,
  target: ProbeTarget,
  timeoutMs: number,
): Promise<boolean> {
  const url = new URL(path, `${scheme.toLowerCase()}://${host ?? target.address}:${target.portOf(port)}`);
  const headers = Object.fromEntries(httpHeaders.map(({ name, value }) => [name, value]));
  const { status, body } = await fetch(url, { headers, signal: AbortSignal.timeout(timeoutMs), redirect: 'manual' });
  await body?.cancel();
  return status >= 200 && status < 400;
}

async function askTcp({ host, port }: V1TCPSocketAction, target: ProbeTarget, timeoutMs: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connect({ host: host ?? target.address, port: target.portOf(port), timeout: timeoutMs });
  socket.once('connect', () => resolve(true));
  for (const end of ['error', 'timeout'] as const) socket.once(end, () => resolve(false));
  const isOpen = await promise;
  socket.destroy();
  return isOpen;
}
