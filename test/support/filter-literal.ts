import { astFromValue, type ValueNode } from 'graphql';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import type { FilterInput } from '../../src/query/parse-filter.ts';

const TYPE = createSchema().getType('TransactionFilter');

/** A filter as a query writes it. */
export function filterLiteral(filter: FilterInput): ValueNode {
  return astFromValue(filter, TYPE as never)!;
}
