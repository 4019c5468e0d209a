import { NETWORK_IDS, type NetworkId } from '../chain/networks.ts';
import { parseStoreLocation, type StoreLocation } from '../store/location.ts';
import { MAX_HEIGHT } from '../store/position.ts';
import { FAMILY_NAMES, type PostingFamily } from '../store/postings.ts';
import { number, type Option, optionalSetting, setting } from './option.ts';
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
  proxyRanges,
  someOf,
  webAddress,
  wholeNumber,
  zmqAddresses,
} from './parsers.ts';

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
const LOG_FORMATS = ['text', 'json'] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = (typeof LOG_FORMATS)[number];

const MAX_PORT = 65_535;

/** Every setting. A flag and an environment variable are named after each; the flag wins. */
export const SETTINGS = {
  node: setting(webAddress, 'http://127.0.0.1:8332', {
    placeholder: 'URL',
    expected: 'an address such as http://USER:PASSWORD@127.0.0.1:8332, with % / ? # in the password as %25 %2F %3F %23',
    description:
      "bitcoind's RPC address, which may have a path. If it has no user and password, BitQL reads the cookie file of a bitcoind on this machine.",
  }),
  cookie: optionalSetting(anyText, {
    placeholder: 'FILE',
    expected: 'the name of a file',
    description:
      "bitcoind's cookie file. Default: for a node on this machine, the file in its usual place (~/.bitcoin, on macOS ~/Library/Application " +
      'Support/Bitcoin), chosen by --network, the port and the files that exist.',
  }),
  zmq: optionalSetting<readonly string[]>(zmqAddresses, {
    placeholder: 'ADDRESSES',
    expected: 'tcp://HOST:PORT or ipc://PATH, several separated by commas',
    description:
      "The ZMQ addresses of bitcoind's notifications (-zmqpubrawtx, -zmqpubhashblock, -zmqpubsequence ...). Default: BitQL asks " +
      'bitcoind for them. Without ZMQ, it polls bitcoind.',
  }),
  blocks: optionalSetting(anyText, {
    placeholder: 'DIR',
    expected: 'the name of a folder',
    description:
      "bitcoind's folder of block files. BitQL reads them from disk first, and asks the node for later blocks and for everything that the files lack.",
  }),
  store: setting<StoreLocation>((text) => parseStoreLocation(text) ?? undefined, 'sqlite:./bitql.db', {
    placeholder: 'STORE',
    expected:
      'sqlite:FILE, a file name that ends with .db, or mongodb://HOST/DATABASE (SQLite needs a file on disk: BitQL keeps nothing in :memory:)',
    description: 'Where the index is stored: a SQLite file or a MongoDB database.',
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
      'The first height to index. With "tip", new blocks are served at once, and older ones are indexed in the background, newest ' +
      'first. It has an effect only on a new store.',
  }),
  index: optionalSetting<readonly PostingFamily[]>(someOf(FAMILY_NAMES), {
    placeholder: 'KINDS',
    expected: `some of ${FAMILY_NAMES.join(', ')}, separated by commas`,
    description:
      'What transactions are found by, in addition to what every index has: "tokens" (CashTokens of BCH), "scripts" (output scripts without an ' +
      'address and the data in them), "inputs" (data in unlocking scripts and witnesses). A new index has tokens and scripts anyway. An index keeps ' +
      'what it has; what it lacks is added in the background (docs/running.md#what-transactions-are-found-by).',
  }),
  poll: number('MS', 1_000, [50, 600_000], 'How often BitQL asks bitcoind for new blocks, in milliseconds.'),
  cache: number('MIB', 256, [1, 65_536], 'Memory for outputs of recent transactions while indexing, in MiB.'),
  sqliteCache: number('MIB', 256, [1, 65_536], "SQLite's page cache, in MiB. MongoDB has its own cache."),
  lease: number(
    'SECONDS',
    15,
    [3, 3_600],
    'How long a store stays reserved for an indexer that no longer responds, in seconds.',
  ),
  mempoolExpiry: number(
    'HOURS',
    336,
    [1, 87_600],
    "bitcoind's -mempoolexpiry, in hours. A transaction that leaves the mempool after that time counts as expired.",
  ),
  keepEvents: number(
    'HOURS',
    24,
    [1, 87_600],
    'How long the event log is kept, in hours. Subscribers that were away for less than that miss nothing.',
  ),
  host: setting(anyText, '127.0.0.1', {
    placeholder: 'ADDRESS',
    expected: 'a host name or an IP address',
    description: 'The address to listen on. Use 0.0.0.0 to accept connections from other machines.',
  }),
  port: setting(wholeNumber(0, MAX_PORT), '4000', {
    placeholder: 'PORT',
    expected: `a port: a whole number from 0 to ${MAX_PORT}`,
    description: 'The port to listen on; 0 for any free port.',
  }),
  cors: optionalSetting<'*' | readonly string[]>(corsOrigins, {
    placeholder: 'ORIGINS',
    expected:
      'origins such as https://app.example,http://localhost:3000 (each complete, without wildcards and paths), "none", or ' +
      '"*" for all, which is the only way to allow pages that have no such origin',
    description:
      'The origins whose web pages may use the gateway, in addition to its own: a list, all ("*") or none ("none"). Default: all. If ' +
      'the gateway can be reached only from this machine: those of this machine, without mutations (docs/running.md#web-pages).',
  }),
  scanBudget: number(
    'ROWS',
    10_000,
    [100, 10_000_000],
    'The maximum number of rows of the store that one request may examine. A large row counts once per 16 KiB; eight small ones that are only added up, for a balance, count as one.',
  ),
  gatewayCache: number('MIB', 64, [0, 65_536], 'Memory for caching transactions and blocks far below the tip, in MiB.'),
  drainDelay: number(
    'SECONDS',
    0,
    [0, 3_600],
    'How long a stopping gateway continues to answer while /readyz already fails, in seconds, so that load balancers notice in ' +
      'time. Use 5 to 10 in Kubernetes.',
  ),
  tiers: optionalSetting(anyText, {
    placeholder: 'FILE',
    expected: 'the name of a JSON file, or "none"',
    description:
      'A JSON file with the limits of callers, by tier (docs/limits-and-keys.md#tiers). Default: the tiers listed there. "none": no ' +
      'limits for callers, except 30 seconds per request.',
  }),
  trustedProxies: optionalSetting<readonly string[]>(proxyRanges, {
    placeholder: 'RANGES',
    expected: 'addresses and ranges such as 10.0.0.1,192.168.0.0/16',
    description:
      'The addresses of the proxies in front of the gateway, and no others. BitQL takes the address of a caller from their ' +
      'X-Forwarded-For header. Default: none, so that callers cannot forge their address.',
  }),
  trustedDocuments: optionalSetting(anyText, {
    placeholder: 'FILE',
    expected: 'the name of a JSON file',
    description:
      'A JSON file with the only queries that are answered: each query text under its SHA-256. Default: all queries are answered.',
  }),
  maxSubscriptions: number(
    'COUNT',
    20_000,
    [0, 10_000_000],
    'The maximum number of open subscriptions at this gateway, for all callers together.',
  ),
  key: optionalSetting(apiKey, {
    placeholder: 'KEY',
    expected: 'an API key, as "bitql keys add" prints it',
    description:
      'The API key for the gateway. Other users of the machine may see the flag, so the environment variable is safer.',
  }),
  timeout: number(
    'SECONDS',
    60,
    [1, 3_600],
    'How long "bitql query" and "bitql explain" wait with --endpoint for the complete answer of a gateway, in seconds.',
  ),
  metrics: optionalSetting(listenAddress, {
    placeholder: '[HOST:]PORT',
    expected: 'a port such as 9464, or 0.0.0.0:9464 to let other machines in',
    description: 'A separate port that serves metrics for Prometheus, at /metrics. Default: metrics are not served.',
  }),
  kubeconfig: optionalSetting(anyText, {
    placeholder: 'FILE',
    expected: 'the name of a file',
    description:
      "The Kubernetes cluster that the operator manages, and the operator's login. Default: the file of KUBECONFIG; in a Pod, the Pod's " +
      'cluster; otherwise ~/.kube/config.',
  }),
  namespaces: optionalSetting<readonly string[]>(kubernetesNames, {
    placeholder: 'NAMES',
    expected: 'names of namespaces, separated by commas',
    description: 'The namespaces that the operator manages. Default: all.',
  }),
  leaseName: setting(kubernetesName, 'bitql-operator', {
    placeholder: 'NAME',
    expected: 'the name of a Lease, or "none"',
    description:
      'The Lease that decides which of several operators leads while the others stand by. "none": there is only one operator.',
  }),
  leaseNamespace: optionalSetting(kubernetesName, {
    placeholder: 'NAME',
    expected: 'the name of a namespace',
    description:
      'The namespace of that Lease. Default: the operator\'s own namespace; outside of a cluster, "default".',
  }),
  image: optionalSetting(anyText, {
    placeholder: 'IMAGE',
    expected: 'a container image such as registry.example/bitql:0.1.0',
    description: 'The BitQL image for new indexers and gateways in Kubernetes.',
  }),
  triggerKinds: setting<readonly string[]>(kubernetesKinds, 'batch/v1/Job', {
    placeholder: 'KINDS',
    expected: 'kinds with their versions, such as batch/v1/Job,v1/ConfigMap',
    description:
      'The kinds of objects that BlockTriggers may create. Kinds other than Job are created only as a service account of the ' +
      'namespace; the operator needs the right to list them and to impersonate that account.',
  }),
  workers: number('N', 4, [1, 100], 'The number of objects of each kind that the operator processes at once.'),
  probes: number(
    'N',
    64,
    [1, 1_000],
    'The number of nodes and gateways that the operator calls at once, in addition to --workers. At most 4 calls go to one host, at ' +
      'most half of all calls to hosts that were slow the last time, and at most three quarters to slow and unknown hosts together.',
  ),
  apiRate: number(
    'N',
    50,
    [1, 10_000],
    'The maximum number of requests per second to the Kubernetes API, averaged over two seconds. The Lease and watches are exempt.',
  ),
  health: optionalSetting(listenAddress, {
    placeholder: '[HOST:]PORT',
    expected: 'a port such as 8081, or 0.0.0.0:8081 to let other machines in',
    description:
      'The port where the operator serves /livez and /readyz for the probes of its Pod. Default: they are not served.',
  }),
  logLevel: setting<LogLevel>(oneOf(LOG_LEVELS), 'info', {
    placeholder: 'LEVEL',
    expected: `one of ${LOG_LEVELS.join(', ')}`,
    description: `The lowest level to log, to standard error: ${LOG_LEVELS.join(', ')}. debug adds the stack traces of errors.`,
  }),
  logFormat: setting<LogFormat>(oneOf(LOG_FORMATS), 'text', {
    placeholder: 'FORMAT',
    expected: `one of ${LOG_FORMATS.join(', ')}`,
    description: 'The format of the log: text for people, or json (one object per line) for machines.',
  }),
} as const satisfies Readonly<Record<string, Option<unknown>>>;

export type SettingName = keyof typeof SETTINGS;

/** Some of the settings, for a command. */
export function settings<const N extends SettingName>(...names: readonly N[]): Pick<typeof SETTINGS, N> {
  return Object.fromEntries(names.map((name) => [name, SETTINGS[name]])) as Pick<typeof SETTINGS, N>;
}
