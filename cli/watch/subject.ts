import type { OperationDefinitionNode } from 'graphql';
import type { GraphqlRequest } from '../../src/client/ask.ts';
import { flagName, type ValuesOf } from '../../src/settings/option.ts';
import { UsageError } from '../command.ts';
import { graphqlText } from '../graphql-options.ts';
import {
  type Description,
  describeAddress,
  describeBlock,
  describeTransaction,
  type WatchedAddressEvent,
  type WatchedBlockEvent,
  type WatchedTransactionEvent,
} from './description.ts';
import type { WATCH_OPTIONS } from './options.ts';

type Choice = Pick<ValuesOf<typeof WATCH_OPTIONS>, 'address' | 'data' | 'dataHex' | 'filter' | 'blocks' | 'variables'>;

const WAYS = ['address', 'data', 'dataHex', 'filter', 'blocks'] as const;

/**
 * The subject that a command line selects; all transactions if it selects none.
 * @throws UsageError
 */
export async function chosenSubject(choice: Choice, argument: string): Promise<WatchSubject> {
  const { address, data, dataHex, filter, blocks, variables } = choice;
  refuseContradictions(choice, argument);
  if (argument !== '') {
    return ownSubject(await graphqlText(argument, 'watch'), variables ?? {});
  }
  if (address !== null) return addressesSubject(address);
  if (data !== null) return transactionsSubject(dataFilter({ utf8: data }));
  if (dataHex !== null) return transactionsSubject(dataFilter({ hex: dataHex }));
  return blocks ? blocksSubject() : transactionsSubject(filter ?? {});
}

function refuseContradictions(choice: Choice, argument: string): void {
  const given = WAYS.filter((name) => choice[name] !== null && choice[name] !== false).map(flagName);
  if (argument !== '') given.push('SUBSCRIPTION');
  const mistakes = [
    ...(given.length > 1 ? [`${given.join(' and ')} exclude each other: give one of them.`] : []),
    ...(choice.variables !== null && argument === '' ? ['--variables needs SUBSCRIPTION.'] : []),
  ];
  if (mistakes.length > 0) throw new UsageError(mistakes, 'watch');
}

function dataFilter(start: object): object {
  return { data: [{ pushes: [{ startsWith: start }] }] };
}

/** A subscription, and how its events are printed. */
export interface WatchSubject {
  /** The subscription. */
  readonly request: GraphqlRequest;
  /** Describes an event in words; returns null if the gateway could not load the event's subject. Null for the user's own subscription, whose events have an unknown form. */
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
function transactionsSubject(filter: object): WatchSubject {
  return {
    request: { query: TRANSACTIONS, variables: { filter } },
    describe: ifLoaded('transaction', (event) => describeTransaction(event as WatchedTransactionEvent)),
  };
}

function addressesSubject(addresses: readonly string[]): WatchSubject {
  return {
    request: { query: ADDRESSES, variables: { addresses } },
    describe: ifLoaded('transaction', (event) => describeAddress(event as WatchedAddressEvent, addresses.length > 1)),
  };
}

function blocksSubject(): WatchSubject {
  return {
    request: { query: BLOCKS },
    describe: ifLoaded('block', (event) => describeBlock(event as WatchedBlockEvent)),
  };
}

/** @param name the field that is null, with an error, if the gateway could not load it */
function ifLoaded(name: 'transaction' | 'block', describe: (event: unknown) => Description): WatchSubject['describe'] {
  return (event) => ((event as Readonly<Record<string, unknown>>)[name] === null ? null : describe(event));
}

/**
 * The user's own subscription.
 * @throws UsageError if the text is not one subscription
 */
async function ownSubject(query: string, variables: Readonly<Record<string, unknown>>): Promise<WatchSubject> {
  const operations = await operationsOf(query);
  if (operations.length !== 1) throw mistake('must contain exactly one operation');
  const [{ operation }] = operations as [OperationDefinitionNode];
  if (operation !== 'subscription') throw mistake(`is a ${operation}: use "bitql query" for it`);
  return { request: { query, variables }, describe: null };
}

async function operationsOf(query: string): Promise<OperationDefinitionNode[]> {
  const { Kind, parse } = await import('graphql');
  try {
    return parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch (error) {
    const reason = (error as Error).message.replace(/\.$/, '');
    throw mistake(`is not GraphQL: ${reason}${hintFor(query)}`);
  }
}

/** A word that is the name of a flag was most likely meant as that flag. */
function hintFor(query: string): string {
  const word = query.trim();
  if (!(WAYS as readonly string[]).includes(word)) return '. Write one in the form subscription { ... }';
  return `. Did you mean ${flagName(word)}?`;
}

function mistake(what: string): UsageError {
  return new UsageError([`SUBSCRIPTION ${what}${what.endsWith('?') ? '' : '.'}`], 'watch');
}
