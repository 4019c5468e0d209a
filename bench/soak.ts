import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { freePort } from '../src/dev/free-port.ts';
import { startRegtest } from '../src/dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../src/dev/sandbox.ts';
import { until } from '../src/dev/until.ts';
import { BITQL, cleanEnvironment } from '../test/cli/support.ts';
import { locateServices, SERVICES } from '../test/services/locate.ts';
import { Interruption } from './live/interruption.ts';
import { running, untilServing } from './live/started.ts';
import { Asker } from './soak/asker.ts';
import { Movement, type Pace } from './soak/movement.ts';
import { figuresOf, printFigures, type Soaked } from './soak/report.ts';
import { type PassingRows, passingRows } from './soak/rows.ts';
import { type Sample, sample } from './soak/sample.ts';
import { Visitor } from './soak/visitor.ts';

const OPTIONS = {
  minutes: { type: 'string', default: '120' },
  /** Transactions a minute, and seconds from one block, or reorganisation, to the next; all on average. */
  transactions: { type: 'string', default: '600' },
  block: { type: 'string', default: '5' },
  reorganisation: { type: 'string', default: '60' },
  subscribers: { type: 'string', default: '20' },
  clients: { type: 'string', default: '2' },
  /** Between an answer and the next question of a client, in milliseconds. */
  pause: { type: 'string', default: '100' },
} as const;

const SAMPLE_MS = 5_000;
const QUARTERS = 4;

interface Plan extends Pace {
  readonly minutes: number;
  readonly subscribers: number;
  readonly clients: number;
  readonly pauseMs: number;
}

interface Site {
  readonly url: string;
  readonly metrics: string;
  readonly index: string;
  readonly process: SandboxProcess;
}

/**
 * `bitql up` on SQLite, as on a laptop, while a real node has traffic, replacements, blocks and reorganisations, clients ask
 * and subscribers come and go: what it holds and how long it takes, by quarter of the time.
 */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const { bitcoind } = await locateServices();
  if (bitcoind === undefined) throw new Error(`There is no bitcoind to measure: ${SERVICES.bitcoind.install}`);
  const plan: Plan = {
    minutes: Number(values.minutes),
    transactionsPerMinute: Number(values.transactions),
    blockSeconds: Number(values.block),
    reorganisationSeconds: Number(values.reorganisation),
    subscribers: Number(values.subscribers),
    clients: Number(values.clients),
    pauseMs: Number(values.pause),
  };
  using interruption = new Interruption();
  await using resources = new AsyncDisposableStack();
  const figures = figuresOf(await Promise.race([interruption.comes, soak(plan, bitcoind, resources)]));
  printFigures(figures);
  console.log(JSON.stringify({ bench: 'soak', ...figures }));
}

async function soak(plan: Plan, bitcoind: string, resources: AsyncDisposableStack): Promise<Soaked> {
  const node = resources.use(await startRegtest({ bitcoind, zmq: true }));
  console.error('making coins');
  const movement = await Movement.begin(node, plan.minutes * plan.transactionsPerMinute);
  const site = await open(resources.use(new Sandbox('bench-soak')), node.urlWithPassword);
  const end = new AbortController();
  resources.defer(() => end.abort());
  const askers = Array.from({ length: plan.clients }, (_, n) => new Asker(site.url, `asker ${n}`));
  const visitors = Array.from({ length: plan.subscribers }, (_, n) => new Visitor(site.url, `visitor ${n}`));
  const begun = performance.now();
  const going = Promise.all([
    movement.goOn(plan, end.signal),
    ...askers.map((asker) => asker.goOn(plan.pauseMs, end.signal)),
    ...visitors.map((visitor) => visitor.goOn(end.signal)),
  ]);
  const watched = await Promise.race([watch(site, plan.minutes * 60_000), going.then(() => never())]);
  end.abort();
  await going;
  return {
    ...{ begun, ended: begun + plan.minutes * 60_000, happened: movement.happened, ...watched },
    asked: askers.flatMap(({ asked }) => asked),
    visitors: {
      visits: sum(visitors.map(({ visits }) => visits)),
      events: sum(visitors.map(({ events }) => events)),
      errors: visitors.flatMap(({ errors }) => errors),
    },
  };
}

/** Ready when it has all that the node has. */
async function open(sandbox: Sandbox, node: string): Promise<Site> {
  const index = join(sandbox.folder, 'index.db');
  const metricsPort = await freePort();
  const flags = ['--node', node, '--store', index, '--port', '0', '--metrics', String(metricsPort), '--tiers', 'none'];
  const up = sandbox.start('up', process.execPath, [BITQL, 'up', ...flags], cleanEnvironment());
  const url = await untilServing(up);
  await until('the index to be at the tip', async () => {
    running(up);
    const body = JSON.stringify({ query: '{ chain { lag tip { height } } mempool { count } }' });
    const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const { data } = (await response.json()) as {
      data: { chain: { lag: number | null }; mempool: object | null } | null;
    };
    return data?.chain.lag === 0 && data.mempool !== null;
  });
  return { url, index, metrics: `http://127.0.0.1:${metricsPort}/metrics`, process: up };
}

async function watch(site: Site, forMs: number): Promise<{ samples: Sample[]; rows: PassingRows[] }> {
  const samples: Sample[] = [];
  const rows: PassingRows[] = [];
  const begun = performance.now();
  while (rows.length < QUARTERS) {
    await sleep(SAMPLE_MS);
    running(site.process);
    samples.push(await sample(site.metrics, site.process.pid!));
    if (performance.now() - begun < ((rows.length + 1) * forMs) / QUARTERS) continue;
    rows.push(passingRows(site.index));
    const { residentMiB, heapMiB } = samples.at(-1)!;
    console.error(
      `${rows.length} of ${QUARTERS} quarters: ${residentMiB.toFixed()} MiB, of the heap ${heapMiB.toFixed()}`,
    );
  }
  return { samples, rows };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function never(): never {
  throw new Error('everything stopped before its time');
}
