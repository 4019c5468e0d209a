import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { BlockListNode } from '../indexer/node/block-list-node.ts';
import { runIndexer } from '../indexer/run.ts';
import { networkById } from '../src/chain/networks.ts';
import { BitqlError } from '../src/errors.ts';
import { executeQuery } from '../src/gateway/graphql/apollo.ts';
import { type Gateway, startGateway } from '../src/gateway/server.ts';
import { packagePath } from '../src/package-root.ts';
import type { ValuesOf } from '../src/settings/option.ts';
import { SETTINGS } from '../src/settings/settings.ts';
import { openStore } from '../src/store/open.ts';
import type { ChainStore } from '../src/store/store.ts';
import { temporaryFolder } from '../src/temporary-folder.ts';
import { untilAborted } from '../src/waiting.ts';
import { programName } from './command.ts';
import type { DEMO_OPTIONS } from './command-settings.ts';
import { createLog } from './log.ts';
import { StopRequest } from './stop.ts';
import { type Line, linesOf, styled, type Terminal } from './terminal.ts';

type DemoOptions = ValuesOf<typeof DEMO_OPTIONS>;

const ANSWER_WIDTH = 100;
const SCAN_BUDGET = SETTINGS.scanBudget.fallback;

/** Indexes a block, asks three questions, and serves until the user stops it. */
export async function runDemo(options: DemoOptions, terminal: Terminal): Promise<void> {
  const log = createLog({ level: 'warn', format: 'text' }, terminal);
  using stop = new StopRequest(() => terminal.note('Stopping.'));
  await using demo = await openDemoStore();
  terminal.print([styled('bold', 'BitQL demo: block 357238 of Bitcoin, mined in May 2015.')]);
  await indexDemoBlock(demo.store, log, stop.signal);
  await askQuestions(demo.store, log, terminal);
  if (!options.noServe && !stop.signal.aborted) {
    const { host, port, cors } = options;
    const gateway = await startGateway({ store: demo.store, scanBudget: SCAN_BUDGET, log, host, port, cors });
    await serveUntil(stop.signal, gateway, terminal);
  }
}

async function askQuestions(store: ChainStore, log: Logger, terminal: Terminal): Promise<void> {
  for (const [i, { title, query, remark }] of QUESTIONS.entries()) {
    const { data } = (await executeQuery({ query }, { store, scanBudget: SCAN_BUDGET, log })) as { data?: unknown };
    terminal.print('', [styled('bold', `${i + 1}. ${title}`)], '');
    terminal.print(...linesOf(query).map((line) => [styled('cyan', line)]), '');
    terminal.print(...linesOf(compactJson(data, ANSWER_WIDTH)), '', [styled('dim', remark)]);
  }
}

async function serveUntil(signal: AbortSignal, gateway: Gateway, terminal: Terminal): Promise<void> {
  terminal.printAll(nextSteps(gateway.url));
  await untilAborted(signal);
  await gateway.close();
}

function nextSteps(url: string): Line[] {
  const bitql = programName();
  const step = (text: string) => [styled('bold', text)];
  return [
    '',
    step('Try it yourself. The block is served until Ctrl-C:'),
    '',
    `  playground  ${url}/graphiql`,
    `  endpoint    ${url}/graphql`,
    `  from here   ${bitql} query '{ chain { tip { height } } }' --endpoint ${url}/graphql`,
    '',
    step('Next, use your own node:'),
    '',
    `  ${bitql} up --node http://USER:PASSWORD@HOST:8332    indexes it into ./bitql.db and serves that`,
    `  ${bitql} up --help                                   all settings, including MongoDB`,
    '',
  ];
}

/** A query of the demo, and a remark on its answer. */
export interface DemoQuestion {
  readonly title: string;
  readonly query: string;
  readonly remark: string;
}

export const QUESTIONS: readonly DemoQuestion[] = [
  {
    title: 'A block in numbers',
    query: `{
  block(height: 357238) {
    hash
    date
    transactionCount
    outputCount
    outputValue
    fees
    feesUnknown
  }
}`,
    remark:
      'The fees are null, with a reason: most outputs that the block spends are in blocks that this index does not have.',
  },
  {
    title: 'A search in data: OP_RETURN outputs that start with a text',
    query: `{
  transactions(filter: { data: [{ pushes: [{ startsWith: { utf8: "blkCITE" } }] }] }) {
    nodes {
      txid
      outputs { data { pushes { utf8 } } }
    }
  }
}`,
    remark: 'The search uses an index, newest first: it does not become slower as the chain grows.',
  },
  {
    title: 'A transaction, with the outputs that it spends and the transactions that spend its outputs',
    query: `{
  transaction(txid: "16c38f8e3f33a7b4da41665f250164fc9121ce7d3cd99e2532add5007e44df5e") {
    fee
    inputs { spentOutput { value address } }
    outputs { value address spentBy { transaction { txid } } }
  }
}`,
    remark: 'One request is enough: spent outputs and spending transactions are fields like any other.',
  },
];

export const DEMO_HEIGHT = 357_238;
const CACHE_MIB = 16;
const LEASE_MS = 15_000;

/** A store in a temporary folder that is removed with it. */
export interface DemoStore extends AsyncDisposable {
  readonly store: ChainStore;
}

/** An empty SQLite store in a temporary folder. */
export async function openDemoStore(): Promise<DemoStore> {
  const folder = temporaryFolder('bitql-demo');
  const store = await openStore({ kind: 'sqlite', file: join(folder, 'demo.db') }, { cacheMiB: CACHE_MIB });
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Indexes the demo's block in the same way as a block of a live node. */
export async function indexDemoBlock(
  store: ChainStore,
  log: { info(message: string): void; warn(message: string): void },
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  await runIndexer({
    store,
    node: new BlockListNode(networkById('btc-mainnet'), DEMO_HEIGHT, [await readBlock()]),
    network: null,
    from: DEMO_HEIGHT,
    pollMs: 0,
    leaseMs: LEASE_MS,
    cacheBytes: CACHE_MIB * 1024 * 1024,
    log,
    signal,
    once: true,
  });
}

async function readBlock(): Promise<Uint8Array> {
  const file = packagePath('assets', `mainnet-${DEMO_HEIGHT}.block`);
  try {
    return await readFile(file);
  } catch (error) {
    throw new BitqlError('BAD_SETTING', `The demo's block is missing (${file}): run "npm run prepare" there.`, error);
  }
}

/**
 * JSON for people: a value that fits is on one line, others are indented.
 * @param lead the length of the line before the value, without its indent
 */
export function compactJson(value: unknown, width: number, indent = '', lead = 0): string {
  const line = JSON.stringify(value, null, 1).replace(/\n\s*/g, ' ');
  if (indent.length + lead + line.length <= width || typeof value !== 'object' || value === null) return line;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const members = Array.isArray(value)
    ? value.map((member) => compactJson(member, width, inner))
    : Object.entries(value).map(([name, member]) => {
        const label = `${JSON.stringify(name)}: `;
        return label + compactJson(member, width, inner, label.length);
      });
  return `${open}\n${inner}${members.join(`,\n${inner}`)}\n${indent}${close}`;
}
