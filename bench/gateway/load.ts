import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import type { Size } from './questions.ts';
import type { Serving } from './servers.ts';

/** The result of a server under load. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  /** The server's processor time for each request, in milliseconds. */
  readonly processorMs: number;
}

const AUTOCANNON = createRequire(import.meta.url).resolve('autocannon');
const CONNECTIONS = '32';

interface Report {
  readonly requests: { readonly total: number };
  readonly duration: number;
  readonly latency: { readonly p99: number };
  readonly errors: number;
  readonly non2xx: number;
}

/** Posts the same body for some seconds over 32 connections, from a process of its own. */
export async function load({ urls, processorMs }: Serving, size: Size, body: string, seconds: number): Promise<Load> {
  const url = urls[size];
  const before = processorMs();
  const post = ['-m', 'POST', '-H', 'content-type=application/json', '-b', body];
  const args = [AUTOCANNON, '-j', '-n', '-c', CONNECTIONS, '-d', String(seconds), ...post, url];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { requests, duration, latency, errors, non2xx } = JSON.parse(stdout) as Report;
  if (errors > 0 || non2xx > 0) throw new Error(`${url} failed ${errors} times and refused ${non2xx} requests`);
  const { total } = requests;
  return { requestsPerSecond: total / duration, p99Ms: latency.p99, processorMs: (processorMs() - before) / total };
}
