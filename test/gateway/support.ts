import { type Logger, pino } from 'pino';
import { afterAll, beforeAll } from 'vitest';
import { indexDemoBlock } from '../../cli/run-demo.ts';
import { BlockListNode } from '../../indexer/node/block-list-node.ts';
import { networkById } from '../../src/chain/networks.ts';
import type { CallerOptions } from '../../src/gateway/callers/callers.ts';
import type { DrainTimes } from '../../src/gateway/http/drain.ts';
import type { AnswerMemory } from '../../src/gateway/limits/memory.ts';
import type { TrustedDocuments } from '../../src/gateway/requests/trusted-documents.ts';
import { type Gateway, startGateway } from '../../src/gateway/server.ts';
import type { StreamTimes } from '../../src/gateway/streams/stream-options.ts';
import type { Cors } from '../../src/origin-policy.ts';
import type { Rpc } from '../../src/rpc/rpc.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import type { ChainStore, ReadStore } from '../../src/store/store.ts';
import { indexQuietly } from '../support/index-quietly.ts';
import { temporaryStore } from '../support/temporary-store.ts';

export const SILENT = pino({ level: 'silent' });

const QUIET = { info() {}, warn() {} };

/** A gateway of a test's own. */
export type TestGateway = Gateway;

export interface TestGatewayOptions {
  readonly scanBudget?: number;
  /** Memory for shared data between requests [16 MiB]. */
  readonly cacheBytes?: number;
  readonly log?: Logger;
  readonly node?: Rpc;
  readonly streamTimes?: StreamTimes;
  readonly drainTimes?: DrainTimes;
  readonly callers?: CallerOptions;
  readonly memory?: AnswerMemory;
  readonly trustedDocuments?: TrustedDocuments;
  readonly cors?: Cors;
  readonly host?: string;
  /** [any free one] */
  readonly port?: number;
}

export function serve(
  store: ReadStore,
  { scanBudget, log = SILENT, host = '127.0.0.1', port = 0, ...others }: TestGatewayOptions = {},
): Promise<TestGateway> {
  const budget = scanBudget ?? SETTINGS.scanBudget.fallback;
  return startGateway({
    store,
    scanBudget: budget,
    log,
    cacheBytes: 16 * 1024 * 1024,
    ...others,
    host,
    port,
  });
}

/** A gateway over a store of its own, while the tests around it run. */
export function gatewayOver(open: () => Promise<ChainStore>, options: TestGatewayOptions = {}) {
  let store: ChainStore;
  let gateway: TestGateway;
  beforeAll(async () => {
    store = await open();
    gateway = await serve(store, options);
  });
  afterAll(async () => {
    await gateway.close();
    await store.close();
  });
  return {
    get url() {
      return gateway.url;
    },
    get store() {
      return store;
    },
  };
}

/** A gateway over the store of `demoStore`. */
export const demoGateway = (options: TestGatewayOptions = {}) => gatewayOver(demoStore, options);

/** A store with mainnet block 357238 alone. */
export async function demoStore(): Promise<ChainStore> {
  const store = await temporaryStore();
  await indexDemoBlock(store, QUIET);
  return store;
}

/** A store with some blocks from a height on, on regtest. */
export async function storeOf(blocks: readonly Uint8Array[], from: number): Promise<ChainStore> {
  const store = await temporaryStore();
  await indexQuietly({ store, node: new BlockListNode(networkById('btc-regtest'), from, blocks), from, once: true });
  return store;
}

/** A GraphQL answer over HTTP. */
export interface Answer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: answers have the shape of their queries, which differ
  readonly data?: any;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly unknown[];
    readonly extensions: { readonly code: string; readonly retryable: boolean; readonly id?: string };
  }[];
  readonly extensions?: Readonly<Record<string, unknown>>;
}

/** Posts a query and returns the whole answer. */
export async function post(url: string, query: string, variables: object = {}): Promise<Answer> {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  return { status: response.status, ...((await response.json()) as object) };
}
