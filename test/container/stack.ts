import { join } from 'node:path';
import { freePort } from '../../dev/free-port.ts';
import type { Sandbox, SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { run } from '../cli/support.ts';
import { composition } from './compose.ts';
import type { Containers } from './container.ts';
import { ROOT } from './image.ts';
import type { Access } from './node.ts';

/** The services of docker-compose.yml other than node and database. */
export interface Stack {
  readonly indexer: SandboxProcess;
  readonly gateways: readonly SandboxProcess[];
  /** The proxy's address. */
  readonly url: string;
  /** Whether each gateway is healthy by the check in docker-compose.yml. */
  areHealthy(): Promise<boolean>;
}

export interface StackOptions {
  readonly tools: string;
  readonly access: Access;
  /** The database. */
  readonly store: string;
}

/** Starts indexer, gateways and proxy as in docker-compose.yml, at other addresses. Returns when they are ready. */
export async function startStack(containers: Containers, sandbox: Sandbox, options: StackOptions): Promise<Stack> {
  const { tools, access, store } = options;
  const { services } = await composition(tools);
  const start = (name: string, changes: Record<string, string> = {}): SandboxProcess => {
    const { command, environment } = services[name]!;
    const env = { ...environment, ...access.env, BITQL_STORE: store, BITQL_METRICS: '127.0.0.1:0', ...changes };
    return containers.start(name, command!, { ...access, env });
  };
  const indexer = start('indexer');
  const names = ['gateway-1', 'gateway-2'];
  const ports = [await freePort(), await freePort()];
  await until('the index', () => indexer.output().includes('At the tip'));
  const gateways = names.map((name, which) => start(name, { BITQL_PORT: String(ports[which]) }));

  const url = `http://127.0.0.1:${await freePort()}`;
  const caddyfile = ['--adapter', 'caddyfile', '--config', join(ROOT, 'deploy/Caddyfile')];
  sandbox.start('proxy', join(tools, 'caddy'), ['run', ...caddyfile], {
    ...process.env,
    HOME: sandbox.folder,
    BITQL_SITE: url,
    BITQL_GATEWAYS: ports.map((port) => `127.0.0.1:${port}`).join(' '),
    BITQL_PROXY_HEALTH: `http://127.0.0.1:${await freePort()}`,
  });
  const areHealthy = async () => {
    const checks = names.map((name, which) => {
      const [, ...test] = services[name]!.healthcheck!.test;
      const [program, ...args] = test.map((word) => word.replace(':4000', `:${ports[which]}`));
      return run(program!, args);
    });
    return (await Promise.all(checks)).every(({ code }) => code === 0);
  };
  for (const at of [...ports.map((port) => `http://127.0.0.1:${port}`), url]) await untilReady(at);
  return { indexer, gateways, url, areHealthy };
}

/** Waits until a gateway, or a proxy of gateways, answers requests. */
export async function untilReady(url: string): Promise<void> {
  await until('a gateway', async () => (await fetch(`${url}/readyz`).catch(() => null))?.ok);
}
