/**
 * How much of something a test does. `npm run test:long` runs the files that import this, with the long amounts, and for hours.
 * A failure of an amount is one of the other, too, if only more seldom.
 */
export const amount = ({ usual, long }: { readonly usual: number; readonly long: number }): number =>
  process.env.BITQL_LONG === '1' ? long : usual;
