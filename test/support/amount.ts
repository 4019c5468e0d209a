/**
 * How often or how long a test does something. `npm run test:long` runs the files that import this, with the long amounts, for
 * hours. A test that fails with one amount can also fail with the other, only less often.
 */
export const amount = ({ usual, long }: { readonly usual: number; readonly long: number }): number =>
  process.env.BITQL_LONG === '1' ? long : usual;
