import { rounded, timesOf } from '../times.ts';
import type { Asked } from './asker.ts';
import type { Happened } from './movement.ts';
import type { Sample } from './sample.ts';
import type { QuarterEnd } from './watch.ts';

/** The allowed growth from the second quarter to the last. */
const GROWTH = 1.1;
export const QUARTERS = 4;
const ERRORS_TOLD = 5;

export interface Soaked {
  /** By the steady clock of this process. */
  readonly begun: number;
  readonly ended: number;
  readonly happened: Happened;
  readonly samples: readonly Sample[];
  readonly ends: readonly QuarterEnd[];
  readonly asked: readonly Asked[];
  /** Of subscribers. */
  readonly visits: number;
  readonly events: number;
  /** Of both. */
  readonly errors: readonly string[];
}

interface Quarter {
  readonly resident_mib: number;
  readonly heap_mib: number;
  /** Without garbage, at its end. */
  readonly live_heap_mib: number;
  readonly external_mib: number;
  readonly handles: number;
  readonly open_files: number;
  readonly queries: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly errors: number;
}

export type Figures = ReturnType<typeof figuresOf>;

export function figuresOf(soaked: Soaked) {
  const { begun, ended, happened, asked, errors, ends } = soaked;
  const length = (ended - begun) / QUARTERS;
  const of = (n: number, at: number) => at >= begun + n * length && at < begun + (n + 1) * length;
  const quarters = Array.from({ length: QUARTERS }, (_, n) =>
    quarterOf(
      soaked.samples.filter(({ at }) => of(n, at)),
      asked.filter(({ at }) => of(n, at)),
      ends[n]!,
    ),
  );
  const growth = (figure: keyof Quarter) => rounded(quarters[3]![figure] / quarters[1]![figure]);
  const grown = {
    resident: growth('resident_mib'),
    heap: growth('heap_mib'),
    live_heap: growth('live_heap_mib'),
    p99: growth('p99_ms'),
  };
  return {
    minutes: rounded((ended - begun) / 60_000),
    happened,
    subscribers: { visits: soaked.visits, events: soaked.events },
    quarters,
    rows: ends.map(({ rows }) => rows),
    p99_ms: byName(asked),
    growth: grown,
    errors: { count: errors.length, first: errors.slice(0, ERRORS_TOLD) },
    met: {
      errors: errors.length === 0,
      resident: grown.resident <= GROWTH,
      live_heap: grown.live_heap <= GROWTH,
      p99: grown.p99 <= GROWTH,
    },
  };
}

function quarterOf(samples: readonly Sample[], asked: readonly Asked[], end: QuarterEnd): Quarter {
  const mean = (figure: keyof Sample) => rounded(samples.reduce((sum, one) => sum + one[figure], 0) / samples.length);
  const { p50_ms, p99_ms } = timesOf(asked.map(({ ms }) => ms));
  return {
    resident_mib: mean('residentMiB'),
    heap_mib: mean('heapMiB'),
    live_heap_mib: rounded(end.liveHeapMiB),
    external_mib: mean('externalMiB'),
    handles: mean('handles'),
    open_files: mean('openFiles'),
    queries: asked.length,
    p50_ms,
    p99_ms,
    errors: asked.filter(({ error }) => error !== null).length,
  };
}

function byName(asked: readonly Asked[]): Record<string, number> {
  const names = Map.groupBy(asked, ({ name }) => name);
  return Object.fromEntries([...names].map(([name, of]) => [name, timesOf(of.map(({ ms }) => ms)).p99_ms]));
}

export function printFigures(figures: Figures): void {
  const { happened, subscribers, errors } = figures;
  console.log(
    `${figures.minutes} minutes: ${happened.transactions} transactions, ${happened.replacements} replacements, ` +
      `${happened.blocks} blocks, ${happened.reorganisations} reorganisations; ${subscribers.visits} visits of subscribers, ${subscribers.events} events.`,
  );
  console.log('By quarter:');
  console.table(figures.quarters);
  console.log('Rows of what passes, at the end of each:');
  console.table(figures.rows);
  console.log('p99 by what is asked, ms:');
  console.table(figures.p99_ms);
  console.log('The last quarter as a share of the second, to stay within 1.1:');
  console.table(figures.growth);
  console.log(`${errors.count} errors${errors.count === 0 ? '.' : `, the first: ${errors.first.join('\n  ')}`}`);
}
