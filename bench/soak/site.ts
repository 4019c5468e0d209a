import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../dev/free-port.ts';
import type { Sandbox, SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, cleanEnvironment } from '../../test/cli/support.ts';
import { running, untilServing } from '../processes.ts';
import { inspectorOf } from './inspector.ts';

const FAST_DAYS = fileURLToPath(new URL('fast-days.ts', import.meta.url));

/** A `bitql up` that is measured. */
export interface Site {
  readonly url: string;
  readonly metrics: string;
  readonly inspector: string;
  readonly index: string;
  readonly process: SandboxProcess;
}

export interface SiteOptions {
  /** The address of its node. */
  readonly node: string;
  /** The size of each cache that has one, in MiB. */
  readonly cacheMiB: number;
  /** How long rows that are normally kept for a day are kept, in milliseconds. */
  readonly dayMs: number;
}

/** Ready when it has indexed the node's whole chain. */
export async function openSite(sandbox: Sandbox, { node, cacheMiB, dayMs }: SiteOptions): Promise<Site> {
  const index = join(sandbox.folder, 'index.db');
  const metricsPort = await freePort();
  const caches = ['cache', 'sqlite-cache', 'gateway-cache'].flatMap((name) => [`--${name}`, String(cacheMiB)]);
  const flags = ['--node', node, '--store', index, '--port', '0', '--metrics', String(metricsPort), '--tiers', 'none'];
  const ofNode = ['--inspect=127.0.0.1:0', '--import', FAST_DAYS];
  const environment = { ...cleanEnvironment(), BENCH_DAY_MS: String(dayMs) };
  const args = [...ofNode, BITQL, 'up', ...flags, ...caches];
  const up = sandbox.start('up', process.execPath, args, environment);
  const url = await untilServing(up);
  const inspector = inspectorOf(up.output())!;
  await until('the index to be at the tip', async () => running(up) && (await isAtTip(url)), { timeoutMs: 120_000 });
  return { url, inspector, index, metrics: `http://127.0.0.1:${metricsPort}/metrics`, process: up };
}

async function isAtTip(url: string): Promise<boolean> {
  const body = JSON.stringify({ query: '{ chain { lag tip { height } } mempool { count } }' });
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { data } = (await response.json()) as {
    data: { chain: { lag: number | null }; mempool: object | null } | null;
  };
  return data?.chain.lag === 0 && data.mempool !== null;
}
