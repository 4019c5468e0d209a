import { NETWORK_IDS, type NetworkId } from '../chain/networks.ts';
import { parseStoreLocation, type StoreLocation } from '../store/location.ts';
import { MAX_HEIGHT } from '../store/position.ts';
import type { Option } from './option.ts';
import {
  anyText,
  apiKey,
  corsOrigins,
  either,
  kubernetesKinds,
  kubernetesName,
  kubernetesNames,
  listenAddress,
  oneOf,
  type Parser,
  proxyRanges,
  webAddress,
  wholeNumber,
  zmqAddresses,
} from './parsers.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const LOG_FORMATS = ['text', 'json'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

interface SettingText {
  readonly placeholder: string;
  readonly expected: string;
  readonly description: string;
}

/** A setting with a default that is written as a user would write it. */
function setting<T>(parse: Parser<T>, fallbackText: string, text: SettingText): Option<T> {
  const fallback = parse(fallbackText);
  if (fallback === undefined) throw new Error(`The default ${fallbackText} is not ${text.expected}.`);
  return { ...text, parse, fallback, fallbackText, environment: true };
}

/** A setting that is null where it is not given. */
function optionalSetting<T>(parse: Parser<T>, text: SettingText): Option<T | null> {
  return { ...text, parse, fallback: null, fallbackText: null, environment: true };
}

function number(
  placeholder: string,
  fallback: number,
  [min, max]: readonly [min: number, max: number],
  description: string,
): Option<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return setting(wholeNumber(min, max), String(fallback), { placeholder, expected, description });
}

const MAX_PORT = 65_535;

/** Every setting there is. A flag and an environment variable are named after each; the flag wins. */
export const SETTINGS = {
  node: setting(webAddress, 'http://127.0.0.1:8332', {
    placeholder: 'URL',
    expected: 'an address such as http://USER:PASSWORD@127.0.0.1:8332, with % / ? # in the password as %25 %2F %3F %23',
    description:
      "bitcoind's RPC address, which may have a path. Without user and password in it, the cookie file of a bitcoind on this machine is read.",
  }),
  cookie: optionalSetting(anyText, {
    placeholder: 'FILE',
    expected: 'the name of a file',
    description:
      "bitcoind's cookie file. Default: for a node on this machine, the one in its usual place (~/.bitcoin, on macOS ~/Library/Application " +
      'Support/Bitcoin) that --network, the port and what is there decide on.',
  }),
  zmq: optionalSetting<readonly string[]>(zmqAddresses, {
    placeholder: 'ADDRESSES',
    expected: 'tcp://HOST:PORT or ipc://PATH, several with a comma in between',
    description:
      'Where bitcoind publishes over ZMQ what happens (-zmqpubrawtx, -zmqpubhashblock, -zmqpubsequence ...). Default: ' +
      'asked of bitcoind. Without ZMQ, it is asked for news now and then.',
  }),
  blocks: optionalSetting(anyText, {
    placeholder: 'DIR',
    expected: 'the name of a folder',
    description:
      "bitcoind's folder of block files: they are read from its disk before the node is asked for what follows, and for all that they cannot give.",
  }),
  store: setting<StoreLocation>((text) => parseStoreLocation(text) ?? undefined, 'sqlite:./bitql.db', {
    placeholder: 'STORE',
    expected: 'sqlite:FILE, a file name that ends with .db, or mongodb://HOST/DATABASE',
    description: 'Where the index is: one SQLite file, or a MongoDB database.',
  }),
  network: optionalSetting<NetworkId>(oneOf(NETWORK_IDS), {
    placeholder: 'NETWORK',
    expected: `one of ${NETWORK_IDS.join(', ')}`,
    description: 'The network to index, such as btc-mainnet or bsv-regtest. Default: the one that the node follows.',
  }),
  from: setting<number | 'tip'>(either(wholeNumber(0, MAX_HEIGHT), oneOf(['tip'])), '0', {
    placeholder: 'HEIGHT',
    expected: `a height from 0 to ${MAX_HEIGHT}, or "tip"`,
    description:
      'The first height to index; or "tip": new blocks are served at once, and history is filled in behind, newest ' +
      'first. Only a new store heeds it.',
  }),
  poll: number('MS', 1_000, [50, 600_000], 'How often bitcoind is asked for new blocks, in milliseconds.'),
  cache: number('MIB', 256, [1, 65_536], 'Memory for outputs of recent transactions while indexing, in MiB.'),
  sqliteCache: number('MIB', 256, [1, 65_536], "SQLite's page cache, in MiB. MongoDB has a cache of its own."),
  lease: number(
    'SECONDS',
    15,
    [3, 3_600],
    'How long a store stays reserved for an indexer that went silent, in seconds.',
  ),
  mempoolExpiry: number(
    'HOURS',
    336,
    [1, 87_600],
    "bitcoind's -mempoolexpiry: what leaves its mempool after that long has expired.",
  ),
  keepEvents: number('HOURS', 24, [1, 87_600], 'How long the log of events is kept, for subscribers that come back.'),
  host: setting(anyText, '127.0.0.1', {
    placeholder: 'ADDRESS',
    expected: 'a host name or an IP address',
    description: 'The address to listen on; 0.0.0.0 lets other machines in.',
  }),
  port: setting(wholeNumber(0, MAX_PORT), '4000', {
    placeholder: 'PORT',
    expected: `a port: a whole number from 0 to ${MAX_PORT}`,
    description: 'The port to listen on; 0 takes any free one.',
  }),
  cors: optionalSetting<'*' | readonly string[]>(corsOrigins, {
    placeholder: 'ORIGINS',
    expected:
      'origins such as https://app.example,http://localhost:3000 (each by its whole name, without wildcards and paths), "none", or ' +
      '"*" for all, the only way to let in pages that have no such origin',
    description:
      'The origins whose web pages may use the gateway, beside its own: some, all ("*") or none ("none"). Default: all; where it is ' +
      'reached from this machine alone, those of this machine, without mutations (docs/running.md#web-pages).',
  }),
  scanBudget: number(
    'ROWS',
    10_000,
    [100, 10_000_000],
    'The most rows of the store that one request may examine; a large row counts once for each 16 KiB.',
  ),
  gatewayCache: number(
    'MIB',
    64,
    [0, 65_536],
    'Memory for transactions and blocks far below the tip that were asked for, in MiB.',
  ),
  drainDelay: number(
    'SECONDS',
    0,
    [0, 3_600],
    'How long a gateway that was told to stop goes on while /readyz already says so, in seconds: until load balancers ' +
      'have noticed. 5 to 10 behind Kubernetes.',
  ),
  tiers: optionalSetting(anyText, {
    placeholder: 'FILE',
    expected: 'the name of a JSON file, or "none"',
    description:
      'A JSON file of what callers may do, by tier (docs/limits-and-keys.md#tiers). Default: the tiers that stand there; "none": no ' +
      'limits for callers but 30 seconds a request.',
  }),
  trustedProxies: optionalSetting<readonly string[]>(proxyRanges, {
    placeholder: 'RANGES',
    expected: 'addresses and ranges such as 10.0.0.1,192.168.0.0/16',
    description:
      'The addresses of the proxies before the gateway, and of nobody else: they say in X-Forwarded-For where a request comes ' +
      'from. Default: none, so that nobody can pretend to be elsewhere.',
  }),
  trustedDocuments: optionalSetting(anyText, {
    placeholder: 'FILE',
    expected: 'the name of a JSON file',
    description:
      'A JSON file of the only queries that are answered: each text under the SHA-256 of it. Default: all queries are.',
  }),
  maxSubscriptions: number(
    'COUNT',
    20_000,
    [0, 10_000_000],
    'The most subscriptions that all callers together have open at this gateway.',
  ),
  key: optionalSetting(apiKey, {
    placeholder: 'KEY',
    expected: 'an API key, as "bitql keys add" prints it',
    description:
      'The API key to ask a gateway with. Others on the machine may see the flag, so the environment is the better place.',
  }),
  timeout: number(
    'SECONDS',
    60,
    [1, 3_600],
    'How long "bitql query --endpoint" waits for the whole answer of a gateway.',
  ),
  metrics: optionalSetting(listenAddress, {
    placeholder: '[HOST:]PORT',
    expected: 'a port such as 9464, or 0.0.0.0:9464 to let other machines in',
    description: 'Where metrics are served for Prometheus, at /metrics: a port of their own. Default: nowhere.',
  }),
  kubeconfig: optionalSetting(anyText, {
    placeholder: 'FILE',
    expected: 'the name of a file',
    description:
      'Which Kubernetes the operator looks after, and its login there. Default: that of KUBECONFIG; in a Pod, the cluster around ' +
      'it; else ~/.kube/config.',
  }),
  namespaces: optionalSetting<readonly string[]>(kubernetesNames, {
    placeholder: 'NAMES',
    expected: 'names of namespaces with a comma in between',
    description: 'The namespaces that the operator looks after. Default: all.',
  }),
  leaseName: setting(kubernetesName, 'bitql-operator', {
    placeholder: 'NAME',
    expected: 'the name of a Lease, or "none"',
    description:
      'The Lease by which one of several operators leads while the others stand by; "none": there never is a second one.',
  }),
  leaseNamespace: optionalSetting(kubernetesName, {
    placeholder: 'NAME',
    expected: 'the name of a namespace',
    description: 'Where that Lease is. Default: the operator\'s own namespace; outside of a cluster, "default".',
  }),
  image: optionalSetting(anyText, {
    placeholder: 'IMAGE',
    expected: 'a container image such as registry.example/bitql:0.1.0',
    description: 'The image of BitQL that new indexers and gateways in Kubernetes run.',
  }),
  triggerKinds: setting<readonly string[]>(kubernetesKinds, 'batch/v1/Job', {
    placeholder: 'KINDS',
    expected: 'kinds with their versions, such as batch/v1/Job,v1/ConfigMap',
    description:
      'What BlockTriggers may make. Other kinds than Job are only made in the name of a service account of the namespace; the ' +
      'operator needs the rights to list them, and to impersonate it.',
  }),
  workers: number('N', 4, [1, 100], 'How many objects of a kind the operator works on at once.'),
  probes: number(
    'N',
    64,
    [1, 1_000],
    'How many nodes and gateways the operator asks at once, beside that work: at most 4 calls to a host, half of them to those that ' +
      'were slow the last time, and three quarters to those and to ones that it does not know.',
  ),
  apiRate: number(
    'N',
    50,
    [1, 10_000],
    'How many requests a second the operator sends to the Kubernetes API at most, in the mean of two seconds; its Lease and watches do not wait.',
  ),
  health: optionalSetting(listenAddress, {
    placeholder: '[HOST:]PORT',
    expected: 'a port such as 8081, or 0.0.0.0:8081 to let other machines in',
    description: 'Where the operator serves /livez and /readyz for the probes of its Pod. Default: nowhere.',
  }),
  logLevel: setting<LogLevel>(oneOf(LOG_LEVELS), 'info', {
    placeholder: 'LEVEL',
    expected: `one of ${LOG_LEVELS.join(', ')}`,
    description: `What is logged, to standard error: ${LOG_LEVELS.join(', ')}. debug adds the stack of errors.`,
  }),
  logFormat: setting<LogFormat>(oneOf(LOG_FORMATS), 'text', {
    placeholder: 'FORMAT',
    expected: `one of ${LOG_FORMATS.join(', ')}`,
    description: 'How it is logged: text for people, json (one object a line) for machines.',
  }),
} as const satisfies Readonly<Record<string, Option<unknown>>>;

export type SettingName = keyof typeof SETTINGS;

/** Some of the settings, for a command that takes them. */
export function settings<const N extends SettingName>(...names: readonly N[]): Pick<typeof SETTINGS, N> {
  return Object.fromEntries(names.map((name) => [name, SETTINGS[name]])) as Pick<typeof SETTINGS, N>;
}
