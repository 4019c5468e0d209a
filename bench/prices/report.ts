import { rounded, timesOf } from '../times.ts';
import type { Measurement } from './measure.ts';

/** The goals: for the most expensive shape, as a multiple of the median, and for /livez at any time, in milliseconds. */
const TARGETS = { dearest: 10, livez_max_ms: 250 };
const KILO = 1_000;

interface Price {
  readonly shape: string;
  readonly honest: boolean;
  /** Milliseconds of processor time for each 1,000 points; null if it is free, or its points are unknown. */
  readonly ms_per_1000_points: number | null;
  /** The same, as a multiple of the median of all shapes. */
  readonly of_median: number | null;
  readonly ms: number;
  readonly points: number | null;
  readonly requests: number;
  readonly livez_p99_ms: number;
  readonly livez_max_ms: number;
  readonly outcome: string;
  readonly note: string;
}

export interface Figures {
  /** The most expensive first. */
  readonly shapes: readonly Price[];
  /** Of the milliseconds for each 1,000 points: of all shapes, and of honest ones. */
  readonly median: number;
  readonly honest_median: number;
  /** The price of the most expensive shape as a multiple of the median; null if any is free. */
  readonly dearest: number | null;
  readonly livez_max_ms: number;
  /** Without other requests, which shows the share of the machine. */
  readonly idle_livez_max_ms: number;
  /** How many shapes are above each target. */
  readonly above: Readonly<Record<keyof typeof TARGETS, number>>;
  readonly met: Readonly<Record<keyof typeof TARGETS, boolean>>;
}

/** @param idle the times of /livez without other requests, in milliseconds */
export function figuresOf(measurements: readonly Measurement[], idle: readonly number[]): Figures {
  const sorted = measurements.toSorted(byPrice);
  const median = medianOf(sorted.map(rateOf));
  const shapes = sorted.map((measurement) => priceOf(measurement, median));
  const above = {
    dearest: sorted.filter((measurement) => rateOf(measurement) > TARGETS.dearest * median).length,
    livez_max_ms: shapes.filter(({ livez_max_ms }) => livez_max_ms > TARGETS.livez_max_ms).length,
  };
  return {
    shapes,
    median: rounded(median),
    honest_median: rounded(medianOf(sorted.filter(({ shape }) => shape.isHonest).map(rateOf))),
    dearest: finite(rateOf(sorted[0]!) / median),
    livez_max_ms: Math.max(...shapes.map(({ livez_max_ms }) => livez_max_ms)),
    idle_livez_max_ms: timesOf(idle).max_ms,
    above,
    met: { dearest: above.dearest === 0, livez_max_ms: above.livez_max_ms === 0 },
  };
}

function priceOf(measurement: Measurement, median: number): Price {
  const { shape, requests, processorMs, points, livez, outcomes, notes } = measurement;
  const { p99_ms, max_ms } = timesOf(livez);
  return {
    shape: shape.name,
    honest: shape.isHonest,
    ms_per_1000_points: finite(rateOf(measurement)),
    of_median: finite(rateOf(measurement) / median),
    ms: rounded(processorMs / requests),
    points: points === null ? null : Math.round(points / requests),
    requests,
    livez_p99_ms: p99_ms,
    livez_max_ms: max_ms,
    outcome: [...outcomes]
      .map(([outcome, count]) => (count === requests ? outcome : `${outcome} (${count})`))
      .join(', '),
    note: notes.join('; '),
  };
}

/** The most expensive first; among free ones, the slowest first. */
function byPrice(a: Measurement, b: Measurement): number {
  if (rateOf(a) !== rateOf(b)) return rateOf(b) - rateOf(a);
  return b.processorMs / b.requests - a.processorMs / a.requests;
}

/** Milliseconds for each 1,000 points; infinite if it is free, as far as is known. */
function rateOf({ processorMs, points }: Measurement): number {
  return points ? (processorMs / points) * KILO : Number.POSITIVE_INFINITY;
}

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function finite(value: number): number | null {
  return Number.isFinite(value) ? rounded(value) : null;
}

export function printFigures(figures: Figures): void {
  const { shapes, median, honest_median, dearest, livez_max_ms, idle_livez_max_ms, above, met } = figures;
  console.log('Milliseconds of the processors for each 1,000 points, and how late /livez answers meanwhile:');
  console.table(
    shapes.map((price) => ({
      shape: price.shape,
      'ms/1,000': price.ms_per_1000_points ?? (price.points === null ? '?' : 'free'),
      'of median': price.of_median ?? '',
      'CPU ms': price.ms,
      points: price.points ?? '?',
      requests: price.requests,
      'livez p99': price.livez_p99_ms,
      'livez max': price.livez_max_ms,
      outcome: price.outcome,
      note: price.note,
    })),
  );
  console.log(`The median is ${median} ms, of honest shapes ${honest_median} ms. To reach:`);
  console.table({
    'dearest : median': {
      figure: dearest ?? 'free',
      'at most': TARGETS.dearest,
      met: met.dearest,
      above: above.dearest,
    },
    '/livez, ms': {
      figure: livez_max_ms,
      'at most': TARGETS.livez_max_ms,
      met: met.livez_max_ms,
      above: above.livez_max_ms,
      'with nothing to do': idle_livez_max_ms,
    },
  });
}
