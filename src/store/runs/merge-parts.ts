import { toHex } from '../../chain/bytes.ts';
import type { Merge, Series } from './merge-plan.ts';
import { type Run, runName } from './run.ts';
import type { MergeEnd, MergeRest, PassedRows } from './run-merge.ts';

/** A run that a merge has made, as a part of the series that the merge makes. */
export function partOf({ sources, into }: Merge, { run, rest }: MergeEnd): Run {
  // The lowest bound, and none is below all.
  const from = sources
    .map(({ runs }) => runs[0]!.keys[0])
    .reduce((a, b) => (a === null || b === null ? null : a < b ? a : b));
  return { ...run, series: into ?? runName(run), keys: [from, rest === null ? null : toHex(rest.from)] };
}

/** What a merge has left of its sources. */
export function restOf({ sources }: Merge, into: string, rest: MergeRest | null): Run[] {
  if (rest === null) return [];
  const from = toHex(rest.from);
  return rest.passed.flatMap((passed, i) => (passed === null ? [] : restOfSeries(sources[i]!, passed, { from, into })));
}

/** The run in whose middle the merge stopped, without what it has passed, and those after it. */
function restOfSeries({ runs }: Series, passed: PassedRows, { from, into }: { from: string; into: string }): Run[] {
  let { pages, rows } = passed;
  let place = 0;
  for (let run = runs[0]!; pages >= run.pages - run.firstPage; run = runs[++place]!) {
    pages -= run.pages - run.firstPage;
    rows -= run.rows;
  }
  const { keys, firstPage, ...run } = runs[place]!;
  const bounds = [keys[0] === null || keys[0] < from ? from : keys[0], keys[1]] as const;
  const first = { ...run, keys: bounds, firstPage: firstPage + pages, rows: Math.max(1, run.rows - rows) };
  return [first, ...runs.slice(place + 1)].map((run) => ({ ...run, into }));
}
