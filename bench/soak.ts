import { parseArgs } from 'node:util';
import { startRegtest } from '../dev/regtest.ts';
import { Sandbox } from '../dev/sandbox.ts';
import { locateServices, SERVICES } from '../test/services/locate.ts';
import { Interruption } from './processes.ts';
import { Asker } from './soak/asker.ts';
import { Movement, type Pace } from './soak/movement.ts';
import { figuresOf, printFigures, type Soaked } from './soak/report.ts';
import { openSite } from './soak/site.ts';
import { Visitor } from './soak/visitor.ts';
import { watch } from './soak/watch.ts';

export const OPTIONS = {
  minutes: { type: 'string', default: '120' },
  /** Transactions a minute, and seconds from one block, or reorganisation, to the next; all on average. */
  transactions: { type: 'string', default: '600' },
  block: { type: 'string', default: '5' },
  reorganisation: { type: 'string', default: '60' },
  subscribers: { type: 'string', default: '20' },
  clients: { type: 'string', default: '2' },
  /** Between an answer and the next question of a client, in milliseconds. */
  pause: { type: 'string', default: '100' },
  /** The size of each configurable cache, in MiB: so small that it is full before the second quarter. */
  cache: { type: 'string', default: '16' },
  /** The minutes for which data is kept that BitQL keeps for a day; data that it keeps for an hour, in proportion [a fifth of the run]. */
  day: { type: 'string' },
} as const;

/** The share of the time: the longest-kept data reaches its maximum before the second quarter. */
const DAY = 1 / 5;

interface Plan extends Pace {
  readonly minutes: number;
  readonly subscribers: number;
  readonly clients: number;
  readonly pauseMs: number;
  readonly cacheMiB: number;
  readonly dayMinutes: number;
}

/**
 * `bitql up` on SQLite, as on a laptop, while a real node has traffic, replacements, blocks and reorganisations, clients ask
 * and subscribers come and go. Measures its memory and times, by quarter of the run.
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
    cacheMiB: Number(values.cache),
    dayMinutes: Number(values.day ?? DAY * Number(values.minutes)),
  };
  console.log(
    `bitql up on SQLite, caches of ${plan.cacheMiB} MiB each, and what is kept for a day kept for ${plan.dayMinutes} minutes, so that all are full before ` +
      'the second quarter. Not seen: how larger caches fill, MongoDB, and several processes.',
  );
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
  const forMs = plan.minutes * 60_000;
  const options = { node: node.urlWithPassword, cacheMiB: plan.cacheMiB, dayMs: plan.dayMinutes * 60_000 };
  const site = await openSite(resources.use(new Sandbox('bench-soak')), options);
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
  const asked = () => askers.flatMap((asker) => asker.asked);
  const errors = () => [
    ...asked().flatMap(({ name, error }) => (error === null ? [] : [`${name}: ${error}`])),
    ...visitors.flatMap((visitor) => visitor.errors),
  ];
  const told = () => `${movement.happened.transactions} transactions, ${asked().length} answers, ${toldOf(errors())}`;
  const watched = await Promise.race([watch(site, forMs, told), going.then(() => never())]);
  end.abort();
  await going;
  return {
    ...{ begun, ended: begun + forMs, happened: movement.happened, asked: asked(), errors: errors(), ...watched },
    visits: sum(visitors.map(({ visits }) => visits)),
    events: sum(visitors.map(({ events }) => events)),
  };
}

function toldOf(errors: readonly string[]): string {
  return errors.length === 0 ? 'no error' : `${errors.length} errors, the last: ${errors.at(-1)}`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

function never(): never {
  throw new Error('everything stopped before its time');
}
