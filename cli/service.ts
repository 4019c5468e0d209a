import type { Tracer } from '@opentelemetry/api';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import type { NetworkId } from '../src/chain/networks.ts';
import { BitqlError } from '../src/errors.ts';
import type { CommitBell } from '../src/live/commit-bell.ts';
import { registerProcessMetrics } from '../src/metrics/collector.ts';
import { serveMetrics } from '../src/metrics/metrics-server.ts';
import { type NodeAddress, parseNodeAddress } from '../src/rpc/credentials.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { decodeState } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import type { ServerAddress } from '../src/text-server.ts';
import { laterThan } from '../src/waiting.ts';
import type { SERVICE_SETTINGS, STORE_SETTINGS } from './command-settings.ts';
import { createLog } from './log.ts';
import type { OpenStore } from './open-store.ts';
import { StopRequest } from './stop.ts';
import type { Terminal } from './terminal.ts';
import { startTracing } from './tracing.ts';

/** The parts of a command that runs until it is stopped. */
export interface Service {
  readonly store: ChainStore;
  readonly log: Logger;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** The registry of the command's metrics; null if they are not served. */
  readonly registry: Registry | null;
  /** Null if traces are not sent. */
  readonly tracer: Tracer | null;
  /** Everything that is opened goes here, and is closed when the command ends for any reason. */
  readonly opened: AsyncDisposableStack;
  /** Tells the gateway in the same process of each commit, so that subscribers get events at once. */
  readonly bell?: CommitBell;
}

/** The settings that all commands of a service share. */
export type ServiceSettings = typeof STORE_SETTINGS & typeof SERVICE_SETTINGS;

/** Runs a command until it ends, fails or the user stops it. Then everything that was opened is closed, the last first. */
export async function runService(
  open: OpenStore,
  options: ValuesOf<typeof SERVICE_SETTINGS>,
  terminal: Terminal,
  work: (service: Service) => Promise<void>,
): Promise<number> {
  await using opened = new AsyncDisposableStack();
  const log = createLog({ level: options.logLevel, format: options.logFormat }, terminal);
  const { signal } = opened.use(new StopRequest(() => log.info('Stopping; Ctrl-C again to stop at once.')));
  const { tracer } = opened.use(await startTracing(process.env, log));
  const store = await open({ log, signal });
  if (store === null) return 0;
  opened.defer(() => store.close());
  opened.defer(() => terminal.status(''));
  const registry = await openMetrics(options.metrics, log, opened);
  await work({ store, log, terminal, signal, registry, tracer, opened });
  return 0;
}

/** How long after a stop the node may answer the calls that are under way. */
const NODE_GRACE_MS = 2_000;

/** The signal that ends calls of the node: it is aborted some time after the signal of a stop, so that the node can answer. */
export function endOfCalls(signal: AbortSignal, delayMs = 0): AbortSignal {
  const stops = () => new BitqlError('NODE_UNREACHABLE', 'No more calls are sent to the node: BitQL stops.');
  return laterThan(signal, delayMs + NODE_GRACE_MS, stops);
}

/** The address of a node, for the given network, else for the network of the store. */
export async function nodeAddressOf(
  node: string,
  { cookie, network = null }: { readonly cookie: string | null; readonly network?: NetworkId | null },
  { store }: Pick<Service, 'store'>,
): Promise<NodeAddress> {
  return parseNodeAddress(node, cookie ?? undefined, network ?? (await storedNetwork(store)));
}

/** Null if the store is empty or cannot be read: the code that uses the store reports why. */
async function storedNetwork(store: ChainStore): Promise<NetworkId | null> {
  const record = await store.readState().catch(() => null);
  if (record === null) return null;
  try {
    return decodeState(record.value).network;
  } catch {
    return null;
  }
}

/**
 * Serves the metrics that a command registers, if there is an address for them.
 * @param opened closes the server
 * @returns the registry; null without an address
 */
export async function openMetrics(
  address: ServerAddress | null,
  log: Logger,
  opened: AsyncDisposableStack,
): Promise<Registry | null> {
  if (address === null) return null;
  const registry = new Registry();
  registerProcessMetrics(registry);
  const server = await serveMetrics(registry, address);
  opened.defer(() => server.close());
  log.info(`Metrics are at ${server.url}.`);
  return registry;
}
