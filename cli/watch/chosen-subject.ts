import { flagName, type ValuesOf } from '../../src/settings/option.ts';
import { graphqlText } from '../graphql-argument.ts';
import { UsageError } from '../usage-error.ts';
import type { WATCH_OPTIONS } from './options.ts';
import { addressesSubject, blocksSubject, transactionsSubject, type WatchSubject } from './subject.ts';

type Choice = Pick<ValuesOf<typeof WATCH_OPTIONS>, 'address' | 'data' | 'dataHex' | 'filter' | 'blocks' | 'variables'>;

const WAYS = ['address', 'data', 'dataHex', 'filter', 'blocks'] as const;

/**
 * What a command line says is to be watched; all transactions if it says nothing.
 * @throws UsageError
 */
export async function chosenSubject(choice: Choice, argument: string): Promise<WatchSubject> {
  const { address, data, dataHex, filter, blocks, variables } = choice;
  refuseContradictions(choice, argument);
  if (argument !== '') {
    const { ownSubject } = await import('./own-subscription.ts');
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
