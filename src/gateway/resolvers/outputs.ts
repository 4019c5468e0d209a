import { parsingPoints } from '../../query/given-values.ts';
import { outputsPage } from '../../query/outputs.ts';
import { parseOutput } from '../../query/parse-output-filter.ts';
import type { QueryResolvers } from './resolver-types.ts';

/** The field of `Query`. */
export const outputs: NonNullable<QueryResolvers['outputs']> = async (
  _,
  { filter, scan, order, ...args },
  context,
  info,
) => {
  const reader = await context.readers.open(info);
  reader.work.add(parsingPoints(filter));
  const tests = parseOutput(filter, reader.network);
  const request = { identity: ['outputs', tests], testsAt: async () => tests, scan, order, args };
  return context.page(await outputsPage(reader, request, context.budget), info);
};
