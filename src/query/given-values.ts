/** The cost in points of parsing one value that a caller gave, such as an address. */
const POINTS_OF_VALUE = 2;
/** Values that are a part of the price of a request. */
const FREE_VALUES = 100;

/** The cost in points of parsing a filter, or a list of addresses: a query may give the same 20,000 addresses twenty times. */
export function parsingPoints(given: unknown): number {
  return POINTS_OF_VALUE * Math.max(0, countOf(given) - FREE_VALUES);
}

/** Empty objects count too. */
function countOf(given: unknown): number {
  if (given == null) return 0;
  if (Array.isArray(given)) return given.reduce((sum: number, member) => sum + countOf(member), 0);
  if (typeof given !== 'object' || given instanceof Uint8Array) return 1;
  return Math.max(1, countOf(Object.values(given)));
}
