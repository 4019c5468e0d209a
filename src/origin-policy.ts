import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, isIPv6 } from 'node:net';
import { BitqlError } from './errors.ts';

/** The origins whose pages may use a gateway: all, or these beside its own. */
export type Cors = '*' | readonly string[];

/** What an admitted request may do. */
export interface Admission {
  /** The origin whose page may read the answer; null if the request is not from a page. */
  readonly origin: string | null;
  /** Why it may not change anything; null if it may. */
  readonly readOnly: BitqlError | null;
}

interface Rules {
  /** Origins whose pages may do everything, beside the gateway's own. */
  readonly origins: ReadonlySet<string>;
  /** Whether pages of other servers on this machine may ask, without changing anything. */
  readonly localMayAsk: boolean;
  /** Hosts by which it may be addressed, beside those of this machine; null for any. */
  readonly hosts: ReadonlySet<string> | null;
}

/** The most characters of a stranger's text in a message. */
const MAX_SHOWN = 100;
const NO_PAGE: Admission = { origin: null, readOnly: null };

/**
 * Decides which web pages may use a server. A browser sends requests of any page to any address, including this machine's. So a
 * server that listens only for this machine has to check Origin, and Host too, since a page's own name may resolve to any
 * address (DNS rebinding).
 */
export class OriginPolicy {
  readonly #rules: Rules;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** @throws ORIGIN_REFUSED */
  admit(request: IncomingMessage): Admission {
    const { hosts, origins, localMayAsk } = this.#rules;
    if (hosts !== null) requireHosts(request, hosts);
    const { origin, host = '' } = request.headers;
    if (origin === undefined) {
      if (isOfHiddenPage(request, localMayAsk))
        throw refusal('Web pages without an origin may not use this gateway', '');
      return NO_PAGE;
    }
    if (origins.has(origin) || isOriginOf(origin, host)) return { origin, readOnly: null };
    if (localMayAsk && isLocalOrigin(origin)) return { origin, readOnly: noMutations(origin) };
    throw refusal(`Web pages of ${shown(origin)} may not use this gateway`, origin);
  }
}

/**
 * The policy of a server.
 * @param cors null: if the server is reachable only from this machine, pages of this machine may ask; else all pages may do
 * everything
 * @param host it listens on
 * @returns null if all pages may do everything
 */
export async function originPolicy(cors: Cors | null, host: string): Promise<OriginPolicy | null> {
  if (cors === '*') return null;
  const isLocal = await isReachedLocally(host);
  if (cors === null && !isLocal) return null;
  const origins = cors ?? [];
  // A proxy in front keeps the host of the request: the host of an allowed page is accepted.
  const hosts = [host.toLowerCase(), ...origins.map((origin) => hostOf(authorityOf(origin)))];
  return new OriginPolicy({
    origins: new Set(origins),
    localMayAsk: cors === null,
    hosts: isLocal ? new Set(hosts.filter((name) => name !== null)) : null,
  });
}

/** Checks every host that a request names, also one in its target (`GET http://HOST/ HTTP/1.1`). @throws ORIGIN_REFUSED */
function requireHosts({ headersDistinct, url = '' }: IncomingMessage, known: ReadonlySet<string>): void {
  const { host: given = [] } = headersDistinct;
  const target = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? [authorityOf(url)] : [];
  const isKnown = (authority: string) => {
    const host = hostOf(authority);
    return host !== null && (isLocalHost(host) || known.has(host));
  };
  const odd = [...given, ...target].find((authority) => !isKnown(authority));
  // Only HTTP/1.0 clients leave Host out, and no browser.
  if (odd === undefined && given.length <= 1) return;
  const what =
    odd === undefined ? 'This request has several Host headers' : `${shown(odd)} is not a name of this gateway`;
  throw refusal(`${what}, which serves only this machine: send requests to localhost`, `https://${odd ?? ''}`);
}

/**
 * Whether a page sends the request without an origin (`mode: 'no-cors'`, `<img>`): it could not read the answer, but the
 * request would cost something. Browsers that send neither this header nor Origin are older than 2023. Following a link is no
 * such request.
 */
function isOfHiddenPage({ headers }: IncomingMessage, sameSiteMayAsk: boolean): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination = 'document' } = headers;
  if (mode === 'navigate' && destination === 'document') return false;
  return site === 'cross-site' || (site === 'same-site' && !sameSiteMayAsk);
}

/** Whether the page comes from the same server, with or without TLS in front of it. */
function isOriginOf(origin: string, host: string): boolean {
  const own = host.toLowerCase();
  return own !== '' && (origin === `http://${own}` || origin === `https://${own}`);
}

function isLocalOrigin(origin: string): boolean {
  const host = /^https?:\/\//.test(origin) ? hostOf(authorityOf(origin)) : null;
  return host !== null && isLocalHost(host);
}

/** The part between the scheme and the path. */
function authorityOf(url: string): string {
  return url.replace(/^[^/]*:\/\//, '').replace(/[/?#].*$/s, '');
}

function noMutations(origin: string): BitqlError {
  return refusal(`Web pages of ${shown(origin)} may query this gateway, but not send mutations`, origin);
}

function refusal(what: string, origin: string): BitqlError {
  const named = webOrigin(origin);
  const advice =
    named === undefined
      ? '--cors "*" allows everything to all web pages'
      : `--cors ${shown(named)} allows everything to its pages`;
  return new BitqlError('ORIGIN_REFUSED', `${what}; ${advice}.`);
}

function shown(text: string): string {
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}...` : text;
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** A host in a URL, with or without a port: a name, an IPv4 address, or an IPv6 address in brackets. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{0,5})?$/i;

/** The host in a Host header, in lower case and without brackets and port; null if it is not a host. */
function hostOf(authority: string): string | null {
  const match = AUTHORITY.exec(authority);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}

/** Whether a host is this machine, without asking a DNS server. */
export function isLocalHost(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'));
}

/**
 * Whether a server that listens on a host is reachable only from this machine. An unknown host is reported when the server
 * listens.
 */
async function isReachedLocally(host: string): Promise<boolean> {
  const found = await lookup(host).catch(() => null);
  return found !== null && isLocalHost(found.address);
}

/** Letters, digits, dots and dashes, or an IPv6 address: one host, and no pattern for several. */
const ONE_HOST = /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])$/;

/** The origin of web pages in a text, as browsers write it (https://app.example); undefined for any other text. */
export function webOrigin(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || !ONE_HOST.test(url.hostname)) return undefined;
  return `${url.origin}/` === url.href ? url.origin : undefined;
}
