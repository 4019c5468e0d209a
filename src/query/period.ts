/** How a time line is divided, in UTC. Weeks begin on Monday. */
export type Interval = 'BLOCK' | 'HOUR' | 'DAY' | 'WEEK' | 'MONTH' | 'YEAR';

/** A part of the time line in Unix seconds: from the first second to before the last one. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

const HOUR = 3_600;
const DAY = 24 * HOUR;
const WEEK = 7 * DAY;
/** The first Monday of 1970. */
const A_MONDAY = 4 * DAY;

/** The period that holds a time. That of a block is the time itself. */
export function periodOf(time: number, by: Interval): Period {
  switch (by) {
    case 'BLOCK':
      return { from: time, to: time };
    case 'HOUR':
      return stretch(time, HOUR, 0);
    case 'DAY':
      return stretch(time, DAY, 0);
    case 'WEEK':
      return stretch(time, WEEK, A_MONDAY);
    case 'MONTH':
    case 'YEAR':
      return calendarPeriod(new Date(time * 1_000), by);
  }
}

function stretch(time: number, length: number, first: number): Period {
  const from = first + length * Math.floor((time - first) / length);
  return { from, to: from + length };
}

function calendarPeriod(date: Date, by: 'MONTH' | 'YEAR'): Period {
  const [year, month] = [date.getUTCFullYear(), by === 'MONTH' ? date.getUTCMonth() : 0];
  const [from, to] =
    by === 'MONTH' ? [Date.UTC(year, month), Date.UTC(year, month + 1)] : [Date.UTC(year), Date.UTC(year + 1)];
  return { from: from / 1_000, to: to / 1_000 };
}
