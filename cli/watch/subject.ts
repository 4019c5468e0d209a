import type { GraphqlRequest } from '../../src/client/ask.ts';
import { type Description, describeAddress, describeBlock, describeTransaction } from './description.ts';
import type { WatchedAddressEvent, WatchedBlockEvent, WatchedTransactionEvent } from './events.ts';

/** What is watched. */
export interface WatchSubject {
  /** A subscription. */
  readonly request: GraphqlRequest;
  /** Puts an event of it into words, unless the gateway could not tell what it is about; null for a subscription of the user's own, whose events may be anything. */
  readonly describe: ((event: unknown) => Description | null) | null;
}

const HAPPENING = `cursor kind reason by
    block { height hash }
    transaction {
      txid virtualSize fee feeRate outputValue
      outputs(first: 100) { value address data { pushes { utf8 hex } } }
    }`;

const TRANSACTIONS = `subscription($filter: TransactionFilter) {
  transactions(filter: $filter) {
    ${HAPPENING}
  }
}`;

const ADDRESSES = `subscription($addresses: [String!]!) {
  address(addresses: $addresses) {
    addresses received spent
    ${HAPPENING}
  }
}`;

const BLOCKS = `subscription {
  blocks { cursor kind block { height hash date size transactionCount fees } }
}`;

/** @param filter a `TransactionFilter` of the schema; an empty one for all transactions */
export function transactionsSubject(filter: object): WatchSubject {
  return {
    request: { query: TRANSACTIONS, variables: { filter } },
    describe: ifTold('transaction', (event) => describeTransaction(event as WatchedTransactionEvent)),
  };
}

export function addressesSubject(addresses: readonly string[]): WatchSubject {
  return {
    request: { query: ADDRESSES, variables: { addresses } },
    describe: ifTold('transaction', (event) => describeAddress(event as WatchedAddressEvent, addresses.length > 1)),
  };
}

export function blocksSubject(): WatchSubject {
  return {
    request: { query: BLOCKS },
    describe: ifTold('block', (event) => describeBlock(event as WatchedBlockEvent)),
  };
}

/** @param name of the field that may be null, with an error in its place */
function ifTold(name: 'transaction' | 'block', describe: (event: unknown) => Description): WatchSubject['describe'] {
  return (event) => ((event as Readonly<Record<string, unknown>>)[name] === null ? null : describe(event));
}
