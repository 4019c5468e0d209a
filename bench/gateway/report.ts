import type { Rounds } from '../gateway.ts';
import type { Load } from './load.ts';
import { SIZES, type Size } from './questions.ts';
import type { Server } from './servers.ts';

/** The goals for the gateway on the large query, as a share of others. */
const TARGETS = { mercurius: 0.9, apollo: 3 };

/** Medians of all rounds. */
interface Speed {
  readonly requests_per_second: number;
  readonly p99_ms: number;
  readonly processor_ms: number;
}

type Ratios = Readonly<Record<Exclude<Server, 'bitql'>, Readonly<Record<Size, number>>>>;

export interface Figures {
  readonly servers: Readonly<Record<Server, Readonly<Record<Size, Speed>>>>;
  /** The gateway's requests/s as a share of another server's: the median of each round's. */
  readonly ratios: Ratios;
  /** Likewise another server's processor time for a request as a share of the gateway's, so that more is better here too. */
  readonly processor_ratios: Ratios;
  readonly met: Readonly<Record<keyof typeof TARGETS, boolean>>;
}

export function figuresOf(rounds: Rounds): Figures {
  const bySize = <T>(figure: (size: Size) => T) =>
    Object.fromEntries(SIZES.map((size) => [size, figure(size)])) as Record<Size, T>;
  const speeds = (name: Server) => bySize((size) => speedOf(rounds[name][size]));
  const ratios = (ratio: (ours: Load, theirs: Load) => number): Ratios => {
    const to = (name: Server) =>
      bySize((size) => rounded(median(rounds.bitql[size].map((ours, i) => ratio(ours, rounds[name][size][i]!)))));
    return { mercurius: to('mercurius'), apollo: to('apollo'), ceiling: to('ceiling') };
  };
  const against = ratios((ours, theirs) => ours.requestsPerSecond / theirs.requestsPerSecond);
  return {
    servers: {
      bitql: speeds('bitql'),
      mercurius: speeds('mercurius'),
      apollo: speeds('apollo'),
      ceiling: speeds('ceiling'),
    },
    ratios: against,
    processor_ratios: ratios((ours, theirs) => theirs.processorMs / ours.processorMs),
    met: {
      mercurius: against.mercurius.large >= TARGETS.mercurius,
      apollo: against.apollo.large >= TARGETS.apollo,
    },
  };
}

function speedOf(loads: readonly Load[]): Speed {
  return {
    requests_per_second: Math.round(median(loads.map(({ requestsPerSecond }) => requestsPerSecond))),
    p99_ms: median(loads.map(({ p99Ms }) => p99Ms)),
    processor_ms: rounded(median(loads.map(({ processorMs }) => processorMs))),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

const NAMES: Readonly<Record<Server, string>> = {
  bitql: 'bitql serve',
  mercurius: 'Mercurius, compiled',
  apollo: "Apollo's defaults",
  ceiling: 'node:http, a fixed text',
};

export function printFigures({ servers, ratios, processor_ratios, met }: Figures): void {
  const rows = Object.entries(servers) as [Server, Record<Size, Speed>][];
  console.log('A small query, and a block with 50 transactions:');
  console.table(
    Object.fromEntries(
      rows.map(([name, { small, large }]) => [
        NAMES[name],
        {
          'small/s': small.requests_per_second,
          'small, p99 ms': small.p99_ms,
          'small, CPU ms': small.processor_ms,
          'large/s': large.requests_per_second,
          'large, p99 ms': large.p99_ms,
          'large, CPU ms': large.processor_ms,
        },
      ]),
    ),
  );
  console.log('bitql serve, as a share of others, by requests/s and by processor time; to reach on the large query:');
  console.table(
    Object.fromEntries(
      (Object.keys(ratios) as (keyof typeof ratios)[]).map((name) => [
        NAMES[name],
        {
          ...ratios[name],
          'small, by CPU': processor_ratios[name].small,
          'large, by CPU': processor_ratios[name].large,
          ...(name === 'ceiling' ? {} : { 'to reach': TARGETS[name], met: met[name] }),
        },
      ]),
    ),
  );
}
