import type { IncomingMessage } from 'node:http';
import { BitqlError } from '../errors.ts';
import { hostOf, isLocalHost, isReachedLocally } from './local-host.ts';
import { webOrigin } from './web-origin.ts';

/** The origins whose pages may use a gateway: all, or these beside its own. */
export type Cors = '*' | readonly string[];

/** What a request may do that was let in. */
export interface Admission {
  /** The origin whose page may read the answer; null where no page asks. */
  readonly origin: string | null;
  /** Why it may not change anything; null where it may. */
  readonly readOnly: BitqlError | null;
}

interface Rules {
  /** Origins whose pages may do anything, beside the gateway's own. */
  readonly origins: ReadonlySet<string>;
  /** Whether pages of other servers on this machine may ask, without changing anything. */
  readonly localMayAsk: boolean;
  /** By what names it may be asked, beside those of this machine; null for any. */
  readonly hosts: ReadonlySet<string> | null;
}

/** Of what a stranger sent, in a message. */
const MAX_SHOWN = 100;
const NO_PAGE: Admission = { origin: null, readOnly: null };

/**
 * Says which web pages may use a server. A browser sends requests of any page to any address, this machine's too, so who
 * listens for this machine alone has to tell them apart: by Origin, and by Host, since a page's own name may lead anywhere (DNS rebinding).
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
 * @param cors null: where it is reached from this machine alone, pages of this machine may ask; elsewhere all may do anything
 * @param host it listens on
 * @returns null where everybody may do anything
 */
export async function originPolicy(cors: Cors | null, host: string): Promise<OriginPolicy | null> {
  if (cors === '*') return null;
  const isLocal = await isReachedLocally(host);
  if (cors === null && !isLocal) return null;
  const origins = cors ?? [];
  // A proxy before it keeps the name that it is asked by: that of a page which may use it is good.
  const hosts = [host.toLowerCase(), ...origins.map((origin) => hostOf(authorityOf(origin)))];
  return new OriginPolicy({
    origins: new Set(origins),
    localMayAsk: cors === null,
    hosts: isLocal ? new Set(hosts.filter((name) => name !== null)) : null,
  });
}

/** Each name that it is asked by counts, also one in its target (`GET http://HOST/ HTTP/1.1`). @throws ORIGIN_REFUSED */
function requireHosts({ headersDistinct, url = '' }: IncomingMessage, known: ReadonlySet<string>): void {
  const { host: given = [] } = headersDistinct;
  const target = /^[a-z][a-z0-9+.-]*:\/\//i.test(url) ? [authorityOf(url)] : [];
  const isKnown = (authority: string) => {
    const host = hostOf(authority);
    return host !== null && (isLocalHost(host) || known.has(host));
  };
  const odd = [...given, ...target].find((authority) => !isKnown(authority));
  // No browser leaves Host out: that is HTTP/1.0.
  if (odd === undefined && given.length <= 1) return;
  const what =
    odd === undefined ? 'This request has several Host headers' : `${shown(odd)} is not a name of this gateway`;
  throw refusal(`${what}, which serves only this machine: send requests to localhost`, `https://${odd ?? ''}`);
}

/**
 * Whether a page has a browser ask without saying for whom (`mode: 'no-cors'`, `<img>`): it could read nothing, and yet cost something.
 * Browsers that tell neither this nor Origin are older than 2023. A link that somebody follows is no such request.
 */
function isOfHiddenPage({ headers }: IncomingMessage, sameSiteMayAsk: boolean): boolean {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination = 'document' } = headers;
  if (mode === 'navigate' && destination === 'document') return false;
  return site === 'cross-site' || (site === 'same-site' && !sameSiteMayAsk);
}

/** Of a page that the same server gave out, whatever ends TLS before it. */
function isOriginOf(origin: string, host: string): boolean {
  const own = host.toLowerCase();
  return own !== '' && (origin === `http://${own}` || origin === `https://${own}`);
}

function isLocalOrigin(origin: string): boolean {
  const host = /^https?:\/\//.test(origin) ? hostOf(authorityOf(origin)) : null;
  return host !== null && isLocalHost(host);
}

/** What stands between the scheme and the path. */
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
