import type { Option } from '../settings/option.ts';
import { webAddress } from '../settings/parsers.ts';
import { wrongAddress } from '../wrong-address.ts';

/** Where GraphQL is asked, and what goes along with each request. */
export interface Endpoint {
  /** Without a login: that is in the headers. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

/** An address on the web as an option of the command line. */
export function endpointOption<T extends string | null>(fallback: T, description: string): Option<string | T> {
  return {
    placeholder: 'URL',
    fallback,
    fallbackText: fallback,
    expected: 'an address such as http://localhost:4000/graphql, with % / ? # in a password as %25 %2F %3F %23',
    description,
    environment: false,
    parse: webAddress,
  };
}

/** Takes an address apart, whose login becomes a header (Basic), unless a key takes its place. */
export function endpointOf(address: string, key: string | null): Endpoint {
  const url = new URL(address);
  const bearer: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  if (url.username === '') return { url, headers: bearer };
  const login = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  return { url, headers: { authorization: `Basic ${Buffer.from(login).toString('base64')}`, ...bearer } };
}

/** What a failure of the network means, by its code. */
const FAILURES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (ECONNREFUSED)',
  ECONNRESET: 'the connection was cut off (ECONNRESET)',
  UND_ERR_SOCKET: 'the connection was cut off',
  ENOTFOUND: 'no host has this name (ENOTFOUND)',
  EAI_AGAIN: 'the name of the host cannot be looked up now (EAI_AGAIN)',
  ETIMEDOUT: 'the host does not answer (ETIMEDOUT)',
  EHOSTUNREACH: 'no way leads to the host (EHOSTUNREACH)',
  ENETUNREACH: 'no way leads to the host (ENETUNREACH)',
  UND_ERR_CONNECT_TIMEOUT: 'the host does not answer',
  UND_ERR_HEADERS_TIMEOUT: 'it takes the request and does not answer',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped amid its body',
};
/** Failures without a code, by the words of `fetch`. */
const WORDS: Readonly<Record<string, string>> = {
  'bad port': 'HTTP clients refuse this port: have the gateway listen on another one (--port)',
  'redirect count exceeded': 'it redirects again and again',
};

/** Why a request came to nothing, in our words: `fetch` says so one level deeper; of several addresses of a host, only by a code. */
export function fetchFailure(error: unknown): string {
  const { cause = error } = error as Error;
  const { name, message, code: given = '' } = cause as NodeJS.ErrnoException;
  // That of an aborted request is a number.
  const code = String(given);
  if (name === 'HTTPParserError' || code.startsWith('HPE_')) return 'what listens there does not speak HTTP';
  if (code.startsWith('ERR_SSL_')) return 'what listens there does not speak TLS: is it http:// instead of https://?';
  // What has none of these is told by us, as that nothing was heard.
  return FAILURES[code] ?? WORDS[message] ?? wrongAddress(cause)?.cure ?? (message || code);
}
