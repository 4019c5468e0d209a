import { expect } from 'vitest';

/** Not `toEqual`: of rows as many and as long, it would tell the difference for minutes. */
export function expectSameRows(rows: readonly string[], expected: readonly string[]): void {
  const known = new Set(expected);
  expect(rows.filter((row) => !known.has(row)).map((row) => row.slice(0, 200))).toEqual([]);
  expect(rows.length).toBe(expected.length);
}
