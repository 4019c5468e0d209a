import { rounded } from '../times.ts';
import { LAYOUTS, type Layout } from './layouts.ts';
import { LOOK_UPS, type LookUpResult } from './look-up-names.ts';
import type { Written } from './measure.ts';
import { FOLDED } from './subjects.ts';

/** What one layout took. */
export interface LayoutFigures {
  readonly written: Written;
  readonly lookUps: LookUpResult;
}

/** Both layouts, in the same place. */
export type Figures = Readonly<Record<Layout, LayoutFigures>>;

/** A line of the table: a number for each layout; null where there is none. */
type Line = readonly [name: string, of: (figures: LayoutFigures) => number | null];

const MICRO = 1_000;

const LINES: readonly Line[] = [
  ['rows', ({ written }) => written.rows],
  ['data on disk, times the cache', ({ written }) => written.timesTheCache],
  ['rows/s, all, with all merges', ({ written: { rows, seconds, settleSeconds } }) => rows / (seconds + settleSeconds)],
  ['rows/s, first quarter', ({ written }) => written.firstQuarter],
  ['rows/s, last quarter', ({ written }) => written.lastQuarter],
  ['last quarter, of the first', ({ written }) => written.lastQuarter / written.firstQuarter],
  ['bytes a posting, on disk', ({ written }) => written.diskBytes / written.rows],
  ['bytes a posting, live', ({ written }) => written.liveBytes / written.rows],
  ['bytes read a posting (1)', ({ written: { usage, rows } }) => usage.readBytes / rows],
  ['bytes written a posting (1)', ({ written: { usage, rows } }) => usage.writtenBytes / rows],
  ['device reads a posting (2)', ({ written: { device, rows } }) => device.reads / rows],
  ['device writes a posting (2)', ({ written: { device, rows } }) => device.writes / rows],
  ['processor us a posting (3)', ({ written: { usage, rows } }) => (MICRO * usage.processorMs) / rows],
  ["merges' moves a row", ({ written }) => written.moves],
  ['runs', ({ written }) => written.runs],
  ['load of the machine', ({ written }) => written.load],
  ['peak MiB', ({ written }) => written.peakMiB],
  ...LOOK_UPS.filter((name) => name !== 'fold').flatMap((name): Line[] => [
    [`${name}: p50 ms`, ({ lookUps }) => lookUps[name].p50_ms],
    [`${name}: p99 ms`, ({ lookUps }) => lookUps[name].p99_ms],
    [`${name}: processor ms (3)`, ({ lookUps }) => lookUps[name].processor_ms],
    [`${name}: commands`, ({ lookUps }) => lookUps[name].commands],
  ]),
  [`fold, ms for ${FOLDED} postings`, ({ lookUps: { fold } }) => (fold.p50_ms / fold.rows) * FOLDED],
  ['fold: processor ms (3)', ({ lookUps: { fold } }) => (fold.processor_ms / fold.rows) * FOLDED],
];

const NOTES = [
  '(1) /proc/PID/io: of the server, or of the process with SQLite; what is written counts when it is given to the system',
  '(2) /proc/diskstats: of the whole disk, for whatever program',
  '(3) of client and server together',
];

export function printFigures(results: Readonly<Record<string, Figures>>): void {
  for (const [place, figures] of Object.entries(results)) {
    console.log(`${place}:`);
    console.table(Object.fromEntries(LINES.map(([name, of]) => [name, row(LAYOUTS.map((name) => of(figures[name])))])));
  }
  for (const note of NOTES) console.log(note);
}

function row([runs, rows]: readonly (number | null)[]): Record<string, number | null> {
  const isShown = runs != null && rows != null;
  return {
    runs: runs == null ? null : significant(runs),
    'a row each': rows == null ? null : significant(rows),
    'runs, of a row each': isShown && rows > 0 ? rounded(runs / rows) : null,
  };
}

/** Whole numbers above 100, three digits below. */
function significant(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3));
}
