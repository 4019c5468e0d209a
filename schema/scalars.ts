/**
 * What the scalars of the schema are in JSON, as TypeScript names it: for clients whose types are generated, such as by
 * GraphQL Code Generator (`config: { scalars }`). Their meaning stands in the schema.
 */
export const scalars = {
  Cursor: 'string',
  DateTime: 'string',
  EventCursor: 'string',
  Hash: 'string',
  Hex: 'string',
  Moment: 'string | number',
  Satoshis: 'number',
  Timestamp: 'number',
  UInt: 'number',
} as const;

interface Named {
  string: string;
  number: number;
  'string | number': string | number;
}

/** The same as types, for clients whose types are inferred, such as by gql.tada (`initGraphQLTada<{ scalars: Scalars }>`). */
export type Scalars = { [Name in keyof typeof scalars]: Named[(typeof scalars)[Name]] };
