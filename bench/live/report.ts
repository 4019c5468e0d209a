import { rounded, type Times, timesOf } from '../times.ts';
import type { Sort, Telling, Told } from './fan-out.ts';
import type { Latencies, Latency } from './latency.ts';

/** The goals, through the MongoDB API on two cores. */
const TARGETS = { p50_ms: 50, p99_ms: 250, growth: 1.5 };

export interface Measured {
  /** Of the store alone, in milliseconds. */
  readonly floor: readonly number[];
  readonly latencies: Latencies;
  /** The crowds and the results of each. */
  readonly sizes: readonly number[];
  readonly told: readonly Told[];
}

/** From sending a transaction to the last of ten subscribers, by the number of all subscribers. */
export type FanOut = Readonly<Record<number, FanOutFigures>>;

interface FanOutFigures extends Times {
  /** To the first of the ten, and from there to the last. */
  readonly first_p50_ms: number;
  readonly spread_p50_ms: number;
  /** The gateway's processor time for each transaction, including its polling. */
  readonly processor_ms: number;
}

export interface Figures {
  /** From sending a transaction to the named observer. */
  readonly latency: Readonly<Record<string, Times>>;
  /** From mining a block to the named observer. */
  readonly blocks: Readonly<Record<string, Times>>;
  /** Writing to the store and reading that. */
  readonly store: Times;
  /** The median time of node and store alone, and how many times longer a subscriber waits. */
  readonly ceiling_ms: number;
  readonly ratio: number;
  readonly fan_out: Readonly<Record<Sort, FanOut>>;
  /** The values with the most subscribers as a share of those with the fewest: the times, and the gateway's processor time. */
  readonly growth: Readonly<Record<Sort | 'processor', number>>;
  readonly met: Readonly<Record<string, boolean>>;
}

export function figuresOf({ floor, latencies, sizes, told }: Measured): Figures {
  const { busy, quiet, blocks, largeBlocks } = latencies;
  const all = [...busy, ...quiet];
  const latency = {
    'node (ZMQ)': of(all, 'node'),
    SSE: of(all, 'sse'),
    WebSocket: of(all, 'websocket'),
    ...(busy.length > 0 && { 'SSE, at random intervals': of(busy, 'sse') }),
    ...(quiet.length > 0 && { 'SSE, after seconds of quiet': of(quiet, 'sse') }),
  };
  const store = timesOf(floor);
  const ceiling = rounded(latency['node (ZMQ)'].p50_ms + store.p50_ms);
  const different = fanOutOf(sizes, told, 'different');
  const same = fanOutOf(sizes, told, 'same');
  const growth = {
    different: growthOf(different, sizes, 'p50_ms'),
    same: growthOf(same, sizes, 'p50_ms'),
    processor: growthOf(different, sizes, 'processor_ms'),
  };
  return {
    latency,
    blocks: {
      'node (ZMQ)': of(blocks, 'node'),
      SSE: of(blocks, 'sse'),
      WebSocket: of(blocks, 'websocket'),
      'large, node (ZMQ)': of(largeBlocks, 'node'),
      'large, SSE': of(largeBlocks, 'sse'),
      'large, after the node': timesOf(largeBlocks.map(({ sse, node }) => sse - node)),
    },
    store,
    ceiling_ms: ceiling,
    ratio: rounded(latency.SSE.p50_ms / ceiling),
    fan_out: { different, same },
    growth,
    met: {
      p50: latency.SSE.p50_ms < TARGETS.p50_ms,
      p99: latency.SSE.p99_ms < TARGETS.p99_ms,
      growth: Math.max(growth.different, growth.same) <= TARGETS.growth,
    },
  };
}

function of(latencies: readonly Latency[], who: keyof Latency): Times {
  return timesOf(latencies.map((latency) => latency[who]));
}

function fanOutOf(sizes: readonly number[], told: readonly Told[], sort: Sort): FanOut {
  return Object.fromEntries(
    sizes.map((size, i) => {
      const tellings = told[i]![sort];
      const p50 = (measure: (telling: Telling) => number) => timesOf(tellings.map(measure)).p50_ms;
      const figures: FanOutFigures = {
        ...timesOf(tellings.map(({ last }) => last)),
        first_p50_ms: p50(({ first }) => first),
        spread_p50_ms: p50(({ first, last }) => last - first),
        processor_ms: rounded(told[i]!.processorMs),
      };
      return [size, figures];
    }),
  );
}

function growthOf(fanOut: FanOut, sizes: readonly number[], figure: keyof FanOutFigures): number {
  return rounded(fanOut[Math.max(...sizes)]![figure] / fanOut[Math.min(...sizes)]![figure]);
}

/** Prints a table of each part, of all stores. */
export function printFigures(results: Readonly<Record<string, Figures>>): void {
  const rows = <T>(part: (figures: Figures) => Readonly<Record<string, T>>): Record<string, T> =>
    Object.fromEntries(
      Object.entries(results).flatMap(([store, figures]) =>
        Object.entries(part(figures)).map(([name, row]) => [`${store}: ${name}`, row]),
      ),
    );
  console.log('From sending a transaction to a subscriber:');
  console.table(rows(({ latency, store }) => ({ ...latency, 'a write and a read of the store': store })));
  console.log('From mining a block to the CONFIRMED of a transaction in it:');
  console.table(rows(({ blocks }) => blocks));
  console.log('From sending a transaction to the last of ten subscribers, by how many there are:');
  console.table(
    rows(({ fan_out }) => ({ ...named(fan_out.different, 'ten filters'), ...named(fan_out.same, 'one filter') })),
  );
  console.log('To reach, through the MongoDB API:');
  console.table(rows(targets));
}

function named(fanOut: FanOut, what: string): Record<string, FanOut[number]> {
  return Object.fromEntries(Object.entries(fanOut).map(([size, figures]) => [`${what} of ${size}`, figures]));
}

function targets({ latency, growth, ceiling_ms, ratio, met }: Figures): Record<string, object> {
  const { p50_ms, p99_ms } = latency.SSE!;
  const most = Math.max(growth.different, growth.same);
  return {
    'p50, ms': { figure: p50_ms, below: TARGETS.p50_ms, met: met.p50, ceiling: ceiling_ms, ratio },
    'p99, ms': { figure: p99_ms, below: TARGETS.p99_ms, met: met.p99 },
    'most subscribers : fewest': { figure: most, below: TARGETS.growth, met: met.growth },
  };
}
