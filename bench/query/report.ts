import { rounded } from '../times.ts';
import { type Measurement, ROWS_FOR_ONE } from './measure.ts';
import { COLD, HOT } from './questions.ts';

/** What is to be reached by all questions that an index answers. */
const TARGETS = {
  /** Rows that a request may examine beside those that it may for each one returned: the first pages of two lists, and a batch. */
  beyond: 256,
  /** How many times the median time of a hot address is that of a cold one. */
  hot: 3,
  /** Milliseconds, for SQLite. */
  p99: 50,
} as const;
/** A first page of a list, where a request asks for many. */
const PAGE_OF_MANY = 4;

export interface Figures {
  readonly questions: readonly Measurement[];
  /** The time for a hot address as a multiple of that for a cold one, with one row each; null if they were not asked. */
  readonly hot_to_cold: number | null;
  /** Which questions miss a target. */
  readonly missed: Readonly<Record<keyof typeof TARGETS, readonly string[]>>;
}

export function figuresOf(questions: readonly Measurement[]): Figures {
  const [cold, hot] = [COLD, HOT].map((name) => questions.find((one) => one.name === name)?.p50_ms);
  const hotToCold = cold === undefined || hot === undefined ? null : rounded(hot / cold);
  const indexed = questions.filter(({ kind }) => kind === 'index');
  return {
    questions,
    hot_to_cold: hotToCold,
    missed: {
      beyond: indexed
        .filter(({ beyond, lists }) => beyond > TARGETS.beyond + PAGE_OF_MANY * lists)
        .map(({ name }) => name),
      hot: hotToCold !== null && hotToCold > TARGETS.hot ? [HOT] : [],
      p99: indexed.filter(({ p99_ms }) => p99_ms > TARGETS.p99).map(({ name }) => name),
    },
  };
}

export function printFigures({ questions, hot_to_cold, missed }: Figures): void {
  const rows = questions.map((one) => [
    one.name,
    {
      by: one.refused ?? one.kind,
      requests: one.requests,
      'p50 ms': one.p50_ms,
      'p99 ms': one.p99_ms,
      'CPU ms': one.processor_ms,
      returned: rounded(one.returned),
      examined: rounded(one.examined),
      ...(one.estimate === null ? {} : { estimate: rounded(one.estimate) }),
      [`most beyond ${ROWS_FOR_ONE} x`]: one.beyond,
      reads: rounded(one.reads),
    },
  ]);
  console.table(Object.fromEntries(rows));
  console.log(`A hot address takes ${hot_to_cold ?? '?'} times what a cold one takes; to reach: ${TARGETS.hot}.`);
  for (const [target, names] of Object.entries(missed)) {
    const limit = TARGETS[target as keyof typeof TARGETS];
    if (names.length > 0) console.log(`Above ${limit} (${target}): ${names.join('; ')}`);
  }
}
