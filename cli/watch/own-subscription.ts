import { Kind, type OperationDefinitionNode, parse } from 'graphql';
import { UsageError } from '../usage-error.ts';
import type { WatchSubject } from './subject.ts';

/**
 * A subscription in the user's words.
 * @throws UsageError where it is none
 */
export function ownSubject(query: string, variables: Readonly<Record<string, unknown>>): WatchSubject {
  const operations = operationsOf(query);
  if (operations.length !== 1) throw mistake('must contain exactly one operation');
  const [{ operation }] = operations as [OperationDefinitionNode];
  if (operation !== 'subscription') throw mistake(`is a ${operation}: use "bitql query" for it`);
  return { request: { query, variables }, describe: null };
}

function operationsOf(query: string): OperationDefinitionNode[] {
  try {
    return parse(query).definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  } catch (error) {
    throw mistake(`is not GraphQL: ${(error as Error).message}`);
  }
}

function mistake(what: string): UsageError {
  return new UsageError([`SUBSCRIPTION ${what}.`], 'watch');
}
