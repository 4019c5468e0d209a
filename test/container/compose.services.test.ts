import { existsSync, readFileSync } from 'node:fs';
import { BlockList } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { index } from '../../cli/commands/index.ts';
import { serve } from '../../cli/commands/serve.ts';
import { INDEXER_METRICS } from '../../indexer/metrics.ts';
import { GATEWAY_METRICS } from '../../src/gateway/observe/metrics.ts';
import { environmentName } from '../../src/settings/option.ts';
import { readOptions } from '../../src/settings/read.ts';
import { run } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { type ComposeService, type Composition, composition } from './compose.ts';
import { ROOT } from './image.ts';

const COMMANDS = { index, serve };
const BOTH_CHAINS = ['gateway-1', 'gateway-2', 'indexer', 'proxy'];
const PROFILES = ['regtest', 'mainnet', 'regtest,monitoring', 'mainnet,monitoring'];

/** Whether the command accepts all flags and variables. */
function mistakesOf({ command, environment = {} }: ComposeService): string[] {
  const [name, ...args] = command!;
  const { options } = COMMANDS[name as keyof typeof COMMANDS];
  const { mistakes, positionals, warnings } = readOptions<typeof options>(options, args, environment);
  const taken = Object.keys(options).map(environmentName);
  const others = Object.keys(environment).filter((variable) => !taken.includes(variable));
  return [...mistakes, ...positionals, ...warnings, ...others];
}

/** The queries of the dashboard's panels. */
function dashboardQueries(): string[] {
  const { panels } = JSON.parse(readFileSync(join(ROOT, 'deploy/grafana/dashboard.json'), 'utf8'));
  return panels.flatMap(({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => expr));
}

function isIn(address: string, range: string): boolean {
  const [network, bits] = range.split('/');
  const list = new BlockList();
  list.addSubnet(network!, Number(bits));
  return list.check(address);
}

const isBitql = ({ image }: ComposeService) => image === 'bitql';

describeWith('container')('docker-compose.yml', ({ containerTools }) => {
  const composed = (profiles?: string): Promise<Composition> => composition(containerTools, profiles);
  const names = async (profiles?: string) => Object.keys((await composed(profiles)).services).sort();

  it('is a private chain by default', async () => {
    expect(await names()).toEqual(['bitcoind', ...BOTH_CHAINS, 'mongodb'].sort());
    expect((await composed()).services.bitcoind!.command).toEqual(['-chain=regtest']);
  });

  it('is mainnet by a profile, with the same indexer and gateways', async () => {
    expect(await names('mainnet')).toEqual(['bitcoind-mainnet', ...BOTH_CHAINS, 'mongodb-mainnet'].sort());
    const { services } = await composed('mainnet');
    expect(services['bitcoind-mainnet']!.command).toEqual(['-chain=main']);
    // The names by which other services use those of regtest.
    expect(services['bitcoind-mainnet']!.networks).toMatchObject({ node: { aliases: ['bitcoind'] } });
    expect(services['mongodb-mainnet']!.networks).toMatchObject({ store: { aliases: ['mongodb'] } });
  });

  it.each(['regtest', 'mainnet'])('watches %s by one more', async (chain) => {
    const added = (await names(`${chain},monitoring`)).filter((name) => !['grafana', 'prometheus'].includes(name));
    expect(added).toEqual(await names(chain));
  });

  it.each(PROFILES)('gives each service no more rights than it needs, with %s', async (profiles) => {
    for (const [name, service] of Object.entries((await composed(profiles)).services)) {
      expect(service, name).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
        restart: 'unless-stopped',
        healthcheck: { test: expect.arrayContaining(['CMD']) },
      });
      if (!isBitql(service)) expect(service.image, name).toMatch(/^[\w/]+:v?\d+\.\d+/);
    }
  });

  it('opens only the proxy and Grafana, and only to this machine', async () => {
    const { services, networks } = await composed('regtest,monitoring');
    const published = Object.entries(services).flatMap(([name, { ports = [] }]) => ports.map((port) => [name, port]));
    expect(published).toEqual([
      ['grafana', expect.objectContaining({ host_ip: '127.0.0.1', published: '3000', target: 3_000 })],
      ['proxy', expect.objectContaining({ host_ip: '127.0.0.1', published: '4000', target: 4_000 })],
    ]);
    expect(networks.store!.internal).toBe(true);
    const onStore = Object.entries(services).filter(([, service]) => 'store' in service.networks);
    expect(onStore.map(([name]) => name).sort()).toEqual(['gateway-1', 'gateway-2', 'indexer', 'mongodb']);
  });

  it('has its gateways trust only the proxy about where requests come from', async () => {
    const { services, networks } = await composed('regtest,monitoring');
    const { ipv4_address: proxy } = services.proxy!.networks.front as { ipv4_address: string };
    for (const name of ['gateway-1', 'gateway-2']) {
      expect(services[name]!.environment!.BITQL_TRUSTED_PROXIES).toBe(proxy);
      expect(services[name]!.networks).toHaveProperty('front');
    }
    const [{ subnet, ip_range: others } = { subnet: '', ip_range: '' }] = networks.front!.ipam!.config!;
    expect(isIn(proxy, subnet)).toBe(true);
    expect(isIn(proxy, others!)).toBe(false);
  });

  it('gives bitql settings that its commands take', async () => {
    const ours = Object.entries((await composed()).services).filter(([, service]) => isBitql(service));
    expect(ours.map(([name]) => name)).toEqual(['gateway-1', 'gateway-2', 'indexer']);
    for (const [name, service] of ours) expect([name, mistakesOf(service)]).toEqual([name, []]);
    const wrong = { ...ours[0]![1], environment: { BITQL_STOER: 'x', BITQL_POLL: '1' } };
    expect(mistakesOf(wrong)).toEqual([expect.stringContaining('BITQL_STOER'), 'BITQL_STOER', 'BITQL_POLL']);
  });

  it('asks each service at the port that it listens on', async () => {
    const { services } = await composed('regtest,monitoring');
    const { port } = serve.options;
    const health = (name: string) => services[name]!.healthcheck!.test.join(' ');
    expect(health('gateway-1')).toContain(`http://127.0.0.1:${port.fallback}/livez`);
    const metricsPort = (name: string) =>
      index.options.metrics.parse(services[name]!.environment!.BITQL_METRICS!)!.port;
    expect(health('indexer')).toContain(`http://127.0.0.1:${metricsPort('indexer')}/metrics`);
    const caddy = readFileSync(join(ROOT, 'deploy/Caddyfile'), 'utf8');
    expect(caddy).toContain(`gateway-1:${port.fallback} gateway-2:${port.fallback}}`);
    expect(health('proxy')).toContain(/BITQL_PROXY_HEALTH:(:\d+)/.exec(caddy)![1]);
    const targets = readFileSync(join(ROOT, 'deploy/prometheus.yml'), 'utf8').match(/[\w-]+:\d+/g)!;
    const ours = Object.keys(services).filter((name) => isBitql(services[name]!));
    expect(targets.sort()).toEqual(ours.map((name) => `${name}:${metricsPort(name)}`));
    const bitcoin = readFileSync(join(ROOT, 'deploy/bitcoin.conf'), 'utf8');
    expect(services.indexer!.environment!.BITQL_NODE).toBe('http://bitcoind:8332');
    expect(bitcoin).toMatch(/^\[regtest\]\n(.*\n)*rpcport=8332$/m);
    expect(bitcoin).toContain(`rpccookiefile=${services.indexer!.environment!.BITQL_COOKIE}`);
  });

  it('finds the files that it mounts', async () => {
    const { configs, services } = await composed('regtest,monitoring');
    expect(Object.values(configs).filter(({ file }) => !existsSync(file))).toEqual([]);
    const used = Object.values(services).flatMap(({ configs: own = [] }) => own.map(({ source }) => source));
    expect(new Set(used)).toEqual(new Set(Object.keys(configs)));
  });

  it('has a proxy, a Prometheus and a dashboard whose settings and queries these programs accept', async () => {
    const caddyfile = ['--adapter', 'caddyfile', '--config', join(ROOT, 'deploy/Caddyfile')];
    expect((await run(join(containerTools, 'caddy'), ['validate', ...caddyfile])).code).toBe(0);
    const checked = await run(join(containerTools, 'promtool'), [
      'check',
      'config',
      join(ROOT, 'deploy/prometheus.yml'),
    ]);
    expect([checked.code, checked.stderr]).toEqual([0, '']);
    for (const query of dashboardQueries()) {
      const read = await run(join(containerTools, 'promtool'), ['promql', '--experimental', 'format', query]);
      expect([read.code, read.stderr]).toEqual([0, '']);
    }
  });
});

it('the dashboard shows every metric of BitQL, and only metrics that exist', () => {
  const shown = dashboardQueries().flatMap((expression) => expression.match(/\b(bitql|process|nodejs)_\w+/g) ?? []);
  const histograms = Object.entries(GATEWAY_METRICS).filter(([, { type }]) => type === 'histogram');
  const buckets = histograms.map(([name]) => `${name}_bucket`);
  const others = [...Object.keys(GATEWAY_METRICS), ...Object.keys(INDEXER_METRICS)].filter(
    (name) => !buckets.includes(`${name}_bucket`),
  );
  const ofProcess = ['process_cpu_seconds_total', 'process_resident_memory_bytes'];
  expect([...new Set(shown)].sort()).toEqual([...buckets, ...others, ...ofProcess].sort());
});
