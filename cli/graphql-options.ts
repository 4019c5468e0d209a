import { text } from 'node:stream/consumers';
import { requestFailure, wrongAddress } from '../src/failures/network.ts';
import { isJsonObject, type JsonObject, parsedJson } from '../src/json.ts';
import type { Option } from '../src/settings/option.ts';
import { webAddress } from '../src/settings/parsers.ts';
import { UsageError } from './command.ts';

/** The option for the URL of a gateway. */
export function endpointOption<T extends string | null>(fallback: T, description: string): Option<string | T> {
  return {
    placeholder: 'URL',
    fallback,
    fallbackText: fallback,
    expected:
      'an address such as http://localhost:4000/graphql, with a port up to 65535, and with % / ? # in a password as %25 %2F %3F %23; a port alone is none',
    description,
    environment: false,
    parse: endpointAddress,
  };
}

/**
 * Many leave out what is always the same: http:// and the path of a gateway. A host that is a number or ends with one is
 * refused unless it is written as an IPv4 address: 4716 is most likely a port, and would be the host 0.0.18.108.
 */
function endpointAddress(text: string): string | undefined {
  const address = webAddress(text.includes('://') ? text : `http://${text}`);
  if (address === undefined || isNumericHost(address)) return undefined;
  if (/^https?:\/\/[^/?#]*\/?$/.test(address)) return `${address.replace(/(?<!\/)\/$/, '')}/graphql`;
  return address.replace(/\/graphql\/+(?=$|\?)/, '/graphql');
}

/** Whether the host becomes another text when it is read as an IPv4 address: 4716, 0x7f.1, 127.1, 0177.0.0.1. */
function isNumericHost(address: string): boolean {
  const { hostname } = new URL(address);
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(hostname)) return false;
  const authority = address.replace(/^https?:\/+/i, '').replace(/[/?#\\].*$/, '');
  const host = authority.slice(authority.lastIndexOf('@') + 1).replace(/:\d*$/, '');
  return host !== hostname;
}

export const VARIABLES_OPTION: Option<JsonObject | null> = {
  placeholder: 'JSON',
  fallback: null,
  fallbackText: null,
  expected: 'a JSON object such as \'{ "height": 357238 }\'',
  description: 'The variables of the query.',
  environment: false,
  parse: parseObject,
};

/** The GraphQL text of an argument: the argument itself, or standard input for "-". @throws UsageError if it is empty */
export async function graphqlText(argument: string, command: string): Promise<string> {
  const source = argument === '-' ? await text(process.stdin) : argument;
  if (source.trim() === '') throw new UsageError(['The query is empty.'], command);
  return source;
}

/** Undefined if the text is not a JSON object. */
export function parseObject(json: string): JsonObject | undefined {
  const value = parsedJson(json);
  return isJsonObject(value) ? value : undefined;
}

/** The message if no gateway answers: why, and what to do. @param error of `fetch` */
export function noGateway(url: URL, error: unknown): string {
  const gone = `No gateway answers at ${url.origin}: ${requestFailure(error)}.`;
  // The reason for a wrong address already says what to do.
  if (wrongAddress(error) !== null) return gone;
  return `${gone} Start one with "bitql up", "bitql serve" or "bitql dev", or give the address of another with --endpoint.`;
}
