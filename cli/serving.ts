import { DRAIN_TIMES } from '../src/gateway/http/drain.ts';
import { GatewayMetrics } from '../src/gateway/observe/metrics.ts';
import { startGateway } from '../src/gateway/server.ts';
import { CommitBell } from '../src/live/commit-bell.ts';
import { Rpc } from '../src/rpc/rpc.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { decodeState } from '../src/store/state.ts';
import type { ChainStore } from '../src/store/store.ts';
import { pause, untilAborted } from '../src/waiting.ts';
import { openCallers, readTrustedDocuments } from './callers.ts';
import type { BROADCAST_SETTINGS, INDEX_SETTINGS, SERVE_SETTINGS, STORE_SETTINGS } from './command-settings.ts';
import { indexNode } from './indexing.ts';
import { describeStore, openForIndexing, openForServing } from './open-store.ts';
import { endOfCalls, nodeAddressOf, runService, type Service, type ServiceSettings } from './service.ts';
import type { Terminal } from './terminal.ts';

/** The number of calls that bitcoind lets wait by default (-rpcworkqueue). */
const BROADCASTS_AT_ONCE = 64;

/** Runs `bitql serve`. @returns the exit code */
export async function runServe(
  options: ValuesOf<typeof SERVE_SETTINGS & typeof BROADCAST_SETTINGS & ServiceSettings>,
  terminal: Terminal,
): Promise<number> {
  return runService(openForServing(options), options, terminal, async (service) => {
    await serveStore(options, service);
    await noteWhileEmpty(service, describeStore(options.store));
    await untilAborted(service.signal);
  });
}

/** Runs `bitql up`. @returns the exit code */
export async function runUp(
  options: ValuesOf<typeof INDEX_SETTINGS & typeof SERVE_SETTINGS & ServiceSettings>,
  terminal: Terminal,
): Promise<number> {
  return runService(openForIndexing(options), options, terminal, (service) => indexAndServe(options, service));
}

/** Starts a gateway, which ends with the command, and logs its URL. It sends transactions to the node, if there is one. */
async function serveStore(
  options: ValuesOf<typeof SERVE_SETTINGS & typeof BROADCAST_SETTINGS & typeof STORE_SETTINGS>,
  { store, log, bell, registry, signal, tracer, opened }: Service,
): Promise<void> {
  const { host, port, cors, scanBudget, gatewayCache, drainDelay, node } = options;
  const end = endOfCalls(signal, drainDelay * 1_000);
  const calls = { signal: end, atOnce: BROADCASTS_AT_ONCE };
  const rpc = node === null ? null : new Rpc(await nodeAddressOf(node, options, { store }), calls);
  const metrics = registry === null ? null : new GatewayMetrics(registry);
  const drainTimes = { ...DRAIN_TIMES, delayMs: drainDelay * 1_000 };
  const trustedDocuments = readTrustedDocuments(options.trustedDocuments);
  const callers = await openCallers(options, options.store, opened);
  const gateway = await startGateway({
    host,
    port,
    cors,
    scanBudget,
    cacheBytes: gatewayCache * 1024 * 1024,
    drainTimes,
    node: rpc,
    store,
    log,
    bell,
    callers,
    trustedDocuments,
    observer: metrics ?? undefined,
    tracer,
  });
  opened.defer(() => gateway.close());
  metrics?.follow(gateway.status);
  log.info(`GraphQL is at ${gateway.url}/graphql, its playground at ${gateway.url}/graphiql.`);
}

/** Both in one process. The gateway has its own connection to the store, so a query need not wait until a batch of blocks is written. */
async function indexAndServe(
  options: ValuesOf<typeof INDEX_SETTINGS & typeof SERVE_SETTINGS & typeof STORE_SETTINGS>,
  service: Service,
): Promise<void> {
  const store = await openForIndexing(options)(service);
  if (store === null) return;
  service.opened.defer(() => store.close());
  const bell = new CommitBell();
  await serveStore(options, { ...service, store, bell });
  await indexNode(options, { ...service, bell });
}

const EVERY_MS = 60_000;

/** Warns each minute while the index has no blocks and no indexer is running. Never fails. */
async function noteWhileEmpty({ store, log, signal }: Service, name: string): Promise<void> {
  for (;;) {
    const found = await look(store).catch(() => 'unknown');
    if (found === 'blocks') return;
    if (found === 'nothing') {
      log.warn(
        `The index in ${name} has no blocks, and no indexer is running: start "bitql index" for it, or give another --store.`,
      );
    }
    if (await pause(EVERY_MS, signal)) return;
  }
}

async function look(store: ChainStore): Promise<'blocks' | 'begun' | 'nothing'> {
  const [record, now] = await Promise.all([store.readState(), store.now()]);
  if (record === null) return 'nothing';
  const { tip, lease } = decodeState(record.value);
  if (tip !== null) return 'blocks';
  return lease !== null && lease.until > now ? 'begun' : 'nothing';
}
