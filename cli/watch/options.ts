import { isCursor } from '../../src/client/connection.ts';
import { type Option, type Options, switchOption } from '../../src/settings/option.ts';
import { anyText, type Parser, wholeNumber } from '../../src/settings/parsers.ts';
import { settings } from '../../src/settings/settings.ts';
import { endpointOption, parseObject, VARIABLES_OPTION } from '../graphql-options.ts';

const MAX_COUNT = 1_000_000_000;

/** The options of `bitql watch`. */
export const WATCH_OPTIONS = {
  endpoint: endpointOption('http://127.0.0.1:4000/graphql', 'The gateway.'),
  ...settings('key'),
  address: option(parseList, {
    placeholder: 'ADDRESSES',
    expected: 'an address, or several separated by commas',
    description: 'Watches the transactions that pay these addresses or spend from them.',
  }),
  data: option(anyText, {
    placeholder: 'TEXT',
    expected: 'a text',
    description: 'Watches transactions with a data output in which a push starts with this text.',
  }),
  dataHex: option(parseHex, {
    placeholder: 'HEX',
    expected: 'hexadecimal digits, two per byte',
    description: 'The same for bytes in hexadecimal.',
  }),
  filter: option(parseObject, {
    placeholder: 'JSON',
    expected: 'a JSON object such as \'{ "coinbase": true }\'',
    description: 'Watches the transactions that match a filter: a TransactionFilter of the schema, as JSON.',
  }),
  blocks: switchOption('Watches the blocks that are added to the main chain, and those that are removed from it.'),
  variables: { ...VARIABLES_OPTION, description: 'The variables of SUBSCRIPTION.' },
  after: option((text) => (isCursor(text) ? text : undefined), {
    placeholder: 'CURSOR',
    expected: 'a cursor of an event or of chain { cursor }',
    description: 'Starts after that event: the missed events come first. Without it, only new events are printed.',
  }),
  count: option(wholeNumber(1, MAX_COUNT), {
    placeholder: 'N',
    expected: `a whole number from 1 to ${MAX_COUNT}`,
    description: 'Ends after this number of events.',
  }),
  json: switchOption('Prints each event as JSON, one per line.'),
} as const satisfies Options;

/** An option of this command alone; null if it is not given. */
function option<T>(
  parse: Parser<T>,
  text: Pick<Option<T>, 'placeholder' | 'expected' | 'description'>,
): Option<T | null> {
  return { ...text, parse, fallback: null, fallbackText: null, environment: false };
}

function parseList(text: string): readonly string[] | undefined {
  const members = text.split(',').map((member) => member.trim());
  return members.includes('') ? undefined : members;
}

function parseHex(text: string): string | undefined {
  return /^(?:[0-9a-fA-F]{2})+$/.test(text) ? text : undefined;
}
