import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Logger, pino } from 'pino';
import { LiveNode } from '../indexer/node/live-node.ts';
import { runIndexer } from '../indexer/run.ts';
import { BitqlError } from '../src/errors.ts';
import { startGateway } from '../src/gateway/server.ts';
import { CommitBell } from '../src/live/commit-bell.ts';
import type { Cors } from '../src/origin-policy.ts';
import { parseNodeAddress } from '../src/rpc/credentials.ts';
import { Rpc } from '../src/rpc/rpc.ts';
import { SETTINGS } from '../src/settings/settings.ts';
import { parseStoreLocation, type StoreLocation } from '../src/store/location.ts';
import { openStore } from '../src/store/open.ts';
import type { PostingFamily } from '../src/store/postings.ts';
import type { ChainStore } from '../src/store/store.ts';
import { controlFile, writeControl } from './control-file.ts';
import { DevChain } from './dev-chain.ts';
import { expectCore, findBitcoind } from './find-bitcoind.ts';
import { ask, type Followed, settlesSoon, untilSettled } from './queries.ts';
import { type RegtestNode, startRegtest } from './regtest.ts';
import { oneLine } from './sandbox.ts';

export interface DevOptions {
  /** The bitcoind program [BITCOIND, or the first on the PATH]. */
  readonly bitcoind?: string | undefined;
  /** The address that the gateway listens on [127.0.0.1]. */
  readonly host?: string | undefined;
  /** The gateway's port [any free one]. */
  readonly port?: number | undefined;
  /** The origins whose web pages may use the gateway [those of this machine, without mutations]. */
  readonly cors?: Cors | null | undefined;
  /** Where the index is, in the form of `--store`; it stays [a SQLite file that is removed with the chain]. */
  readonly store?: string | undefined;
  /** What transactions are found by in addition, as by `--index` [nothing more than in every new index]. */
  readonly index?: readonly PostingFamily[] | undefined;
  /** [silent] */
  readonly log?: Logger | undefined;
  /** Stops the chain, also while it starts. */
  readonly signal?: AbortSignal | undefined;
}

/** A running local chain: a node, an indexer and a gateway. It goes away with `close`, and with this process. */
export interface Dev extends Followed, AsyncDisposable {
  /** The actions on the chain. */
  readonly chain: DevChain;
  /** Where the index is, in the form of `--store`, with its password. */
  readonly store: string;
  /** URL of the playground. */
  readonly playground: string;
  /** Resolves if the node or the indexer ends by itself. */
  readonly failure: Promise<Error>;
  /** The `data` of the answer to a query. @throws Error with the errors of the answer */
  query<T = unknown>(query: string, variables?: Record<string, unknown>): Promise<T>;
  /** Resolves when queries show all that the node has. @throws Error after the timeout [30 seconds] */
  settled(timeoutMs?: number): Promise<void>;
  /** Stops everything, and leaves nothing but a store that was named. */
  close(): Promise<void>;
}

const CACHE_MIB = 16;
const LEASE_MS = 15_000;
/** Used only if the node cannot publish over ZMQ. It is a local node, so it may be asked often. */
const POLL_MS = 200;
const SETTLE_MS = 30_000;
const START_MS = 60_000;
/** The smallest mempool size that Core accepts, in MB, so that the mempool can be filled. */
const MEMPOOL = 5;

/**
 * Starts a regtest node, an indexer and a gateway in a temporary folder, with coins to spend; ready when it returns.
 * @throws BitqlError BAD_SETTING if there is no bitcoind, or it does not derive from Bitcoin Core, or the port is taken;
 *   the reason of the signal, or NODE_UNREACHABLE, if the signal comes before it is ready
 */
export async function startDev(options: DevOptions = {}): Promise<Dev> {
  const { bitcoind = findBitcoind(), host = '127.0.0.1', port = 0, log = pino({ level: 'silent' }) } = options;
  await using parts = new AsyncDisposableStack();
  const end = parts.use(new EndSignal(options.signal));
  const { signal } = end;
  const node = parts.use(await startRegtest({ bitcoind, zmq: true, args: [`-maxmempool=${MEMPOOL}`], signal }));
  const nodeUrl = node.urlWithPassword;
  const live = new LiveNode(parseNodeAddress(nodeUrl), null, signal);
  await expectCore(nodeUrl, signal);
  const where = options.store ?? `sqlite:${join(node.datadir, 'index.db')}`;
  const store = await openStore(locationOf(where), { cacheMiB: CACHE_MIB });
  parts.defer(() => store.close());
  const rpc = new Rpc(parseNodeAddress(nodeUrl), { signal });
  const bell = new CommitBell();
  const scanBudget = SETTINGS.scanBudget.fallback;
  const gateway = await startGateway({ store, scanBudget, node: rpc, bell, log, host, port, cors: options.cors });
  parts.defer(() => gateway.close());
  const url = `${gateway.url}/graphql`;
  const chain = new DevChain(nodeUrl, async () => void (await settlesSoon({ nodeUrl, url })), signal);
  await chain.begin();
  const following = parts.use(follow({ live, store, bell, log, end, families: options.index ?? [] }));
  const failure = Promise.race([nodeEnd(node), following.failure]);
  await unless(failure, untilSettled({ nodeUrl, url }, START_MS, signal));
  parts.use(control(Number(new URL(url).port), { nodeUrl, url }, node));
  const all = parts.move();
  const close = () => all.disposeAsync();
  return {
    nodeUrl,
    url,
    store: where,
    playground: `${gateway.url}/graphiql`,
    chain,
    failure,
    query: (query, variables) => ask(url, query, variables),
    settled: (timeoutMs = SETTLE_MS) => untilSettled({ nodeUrl, url }, timeoutMs),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/** @throws BitqlError BAD_SETTING */
function locationOf(store: string): StoreLocation {
  const location = parseStoreLocation(store);
  if (location === null) throw new BitqlError('BAD_SETTING', `The store must be ${SETTINGS.store.expected}.`);
  return location;
}

/** A signal that is aborted with a signal from outside, or by `call`. */
class EndSignal implements Disposable {
  readonly #controller = new AbortController();
  readonly #outer: AbortSignal | undefined;

  constructor(outer: AbortSignal | undefined) {
    this.#outer = outer;
    if (outer?.aborted) this.call();
    else outer?.addEventListener('abort', this.call);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  readonly call = (): void => this.#controller.abort();

  [Symbol.dispose](): void {
    this.#outer?.removeEventListener('abort', this.call);
  }
}

interface Following {
  readonly live: LiveNode;
  readonly store: ChainStore;
  readonly bell: CommitBell;
  readonly log: Logger;
  readonly end: EndSignal;
  readonly families: readonly PostingFamily[];
}

/** Indexes until it is disposed of, which also cancels all calls of the node. */
function follow({
  live,
  store,
  bell,
  log,
  end,
  families,
}: Following): AsyncDisposable & { readonly failure: Promise<Error> } {
  const running = runIndexer({
    store,
    node: live,
    live,
    network: 'btc-regtest',
    from: 0,
    families,
    pollMs: POLL_MS,
    leaseMs: LEASE_MS,
    cacheBytes: CACHE_MIB * 1024 * 1024,
    log,
    signal: end.signal,
    onCommit: () => bell.ring(),
  });
  const ended = running.then(
    () => null,
    (error: Error) => error,
  );
  return {
    failure: ended.then((error) => error ?? new Promise<never>(() => {})),
    async [Symbol.asyncDispose]() {
      end.call();
      await ended;
    },
  };
}

async function nodeEnd(node: RegtestNode): Promise<Error> {
  await node.ended;
  return new BitqlError(
    'NODE_UNREACHABLE',
    `The local chain's bitcoind has ended by itself. Its last output: ${oneLine(node.output())}`,
  );
}

/** @throws the first error of the two */
function unless(failure: Promise<Error>, work: Promise<void>): Promise<void> {
  return Promise.race([
    work,
    failure.then((error) => {
      throw error;
    }),
  ]);
}

/** Lets commands find the chain. The file is removed even if this process is killed. */
function control(port: number, followed: Followed, node: RegtestNode): Disposable {
  node.removeWithIt(controlFile(port));
  writeControl(port, followed);
  return { [Symbol.dispose]: () => rmSync(controlFile(port), { force: true }) };
}
