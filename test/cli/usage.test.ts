import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../src/dev/sandbox.ts';
import { environmentName, flagName } from '../../src/settings/option.ts';
import { SETTINGS, type SettingName } from '../../src/settings/settings.ts';
import { bitql } from './support.ts';

const LOG = ['logLevel', 'logFormat'] as const;
const SERVICE = ['metrics', ...LOG] as const;
const STORE = ['store', 'sqliteCache'] as const;
const IMPORT = ['network', 'from', 'cache', 'lease'] as const;
const INDEX = ['node', 'cookie', 'zmq', 'blocks', 'poll', 'mempoolExpiry', 'keepEvents', ...IMPORT] as const;
const SERVE = [
  'host',
  'port',
  'cors',
  'scanBudget',
  'gatewayCache',
  'drainDelay',
  'tiers',
  'trustedProxies',
  'trustedDocuments',
  'maxSubscriptions',
] as const;

const TAKEN: Readonly<Record<string, readonly SettingName[]>> = {
  demo: ['host', 'port', 'cors'],
  up: [...INDEX, ...STORE, ...SERVE, ...SERVICE],
  index: [...INDEX, ...STORE, ...SERVICE],
  import: [...IMPORT, ...STORE, ...SERVICE],
  serve: [...STORE, ...SERVE, 'node', 'cookie', ...SERVICE],
  query: [...STORE, 'scanBudget', 'key', 'timeout', ...LOG],
  watch: ['key'],
  status: [...STORE, 'logLevel'],
  'verify-store': [...STORE, 'cache', ...LOG],
  reindex: ['node', 'cookie', 'blocks', 'network', 'cache', 'lease', ...STORE, ...SERVICE],
  dev: ['host', 'port', 'cors', ...LOG],
  operator: [
    ...(['kubeconfig', 'namespaces', 'leaseName', 'leaseNamespace', 'image', 'triggerKinds'] as const),
    ...(['workers', 'probes', 'apiRate', 'health'] as const),
    ...SERVICE,
  ],
  'dev mine': ['port', 'logLevel'],
  'dev send': ['port', 'logLevel'],
};

describe('the command line', () => {
  const sandbox = new Sandbox('usage');

  afterAll(() => sandbox.close());

  it.each([['--help'], ['-h'], ['help']])('lists the commands: %s', async (flag) => {
    const { code, stdout, stderr } = await bitql([flag]);
    expect(code).toBe(0);
    for (const command of Object.keys(TAKEN).filter((name) => !name.includes(' '))) {
      expect(stdout).toContain(`\n  ${command} `);
    }
    expect(stderr).toBe('');
  });

  it('without any command shows the same, as a mistake', async () => {
    const { code, stdout } = await bitql([]);
    expect(code).toBe(2);
    expect(stdout).toContain('Usage: bitql COMMAND');
  });

  it.each(Object.entries(TAKEN))(
    '%s --help has examples and just the settings that it takes',
    async (command, names) => {
      const { code, stdout } = await bitql([...command.split(' '), '--help']);
      expect(code).toBe(0);
      expect(stdout).toContain(`Usage: bitql ${command}`);
      expect(stdout).toMatch(new RegExp(`Examples:\n {2}.*bitql ${command}`));
      for (const name of Object.keys(SETTINGS) as SettingName[]) {
        const isThere = stdout.includes(`\n  ${flagName(name)} `) && stdout.includes(environmentName(name));
        expect(isThere, name).toBe(names.includes(name));
      }
      expect((await bitql(['help', ...command.split(' ')])).stdout).toBe(stdout);
    },
  );

  it.each(['--version', '-v'])('%s tells the version', async (flag) => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await bitql([flag])).stdout).toBe(`${version}\n`);
  });

  it('tells all mistakes at once, with code 2 and nothing on standard output', async () => {
    const { code, stdout, stderr } = await bitql(['serve', '--prot', '1', '--port', 'x', 'more'], {
      env: { BITQL_SCAN_BUDGET: '1', BITQL_LOG_LEVEL: 'loud' },
    });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      'error --prot is not a flag of this command: did you mean --port?',
      'error --port must be a whole number from 0 to 65535.',
      'error BITQL_SCAN_BUDGET must be a whole number from 100 to 10000000.',
      'error BITQL_LOG_LEVEL must be one of debug, info, warn, error, silent.',
      'error "more" is one argument too many.',
      'See bitql serve --help.',
    ]);
  });

  it.each([
    [['sttaus'], 'error "sttaus" is not a command: did you mean status?'],
    [['frobnicate'], 'error "frobnicate" is not a command: the commands are demo, up, '],
    [['help', 'qury'], 'error "qury" is not a command: did you mean query?'],
    [['dev', 'mien'], 'error "mien" is not an action: did you mean mine?'],
    [['dev', 'frobnicate', '--help'], 'error "frobnicate" is not an action: the actions are mine, reorg, '],
    [['dev', '--port', '4001', 'mine'], 'error "mine" must stand right behind "dev".'],
    [['dev', 'mine', '0'], 'error N must be a whole number from 1 to 10000.'],
    [['dev', 'send', '1'], 'error "1" is one argument too many.'],
    [['dev', 'data'], 'error TEXT is missing.'],
    [['query'], 'error GRAPHQL is missing.'],
    [['query', '-'], 'error The query is empty.'],
  ])('%j is a mistake', async (args, message) => {
    const { code, stderr } = await bitql(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('warns of variables that are no settings, and goes on', async () => {
    const { code, stderr } = await bitql(['status'], { env: { BITQL_STOER: 'x.db' }, cwd: sandbox.folder });
    expect(code).toBe(1);
    expect(stderr).toContain('warning BITQL_STOER is not a setting and changes nothing: did you mean BITQL_STORE?');
  });

  it('tells a failure in one line with its code, and its stack only for debugging', async () => {
    const plain = await bitql(['serve'], { cwd: sandbox.folder });
    expect(plain.code).toBe(1);
    expect(plain.stderr).toMatch(/^error There is no index in \.\/bitql\.db: .* \(NOT_SYNCED\)\n$/);
    const debug = await bitql(['serve', '--log-level', 'debug'], { cwd: sandbox.folder });
    expect(debug.stderr).toContain('    at ');
  });
});
