import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import proxyAddr from 'proxy-addr';
import { isLocalHost } from '../../origin-policy.ts';

/** Whether an address is that of a proxy whose X-Forwarded-For is trusted. */
export type TrustsProxy = (address: string, hop: number) => boolean;

/** The longest form of an address in a header: IPv6 in brackets and quotes, with zone and port. */
const LONGEST = 128;

/** @param proxies addresses and CIDR ranges; X-Forwarded-For of others is ignored */
export function trustOf(proxies: readonly string[]): TrustsProxy {
  return proxyAddr.compile([...proxies]);
}

/**
 * Where a request comes from: an IPv4 address, or the network (/64) of an IPv6 address, since one owner has all of its
 * addresses. Of a chain of proxies, each trusted one is read. If one reports something that is not an address ("unknown"), the
 * request counts as the proxy's own. `Forwarded` (RFC 7239) is not read: a proxy that writes one of the headers may pass on a
 * stranger's text in the other.
 */
export function sourceOf({ socket, headers }: IncomingMessage, trusts: TrustsProxy): string {
  const said = String(headers['x-forwarded-for'] ?? '').split(',');
  let source = addressIn(socket.remoteAddress ?? '');
  for (let hop = 0; source !== null && trusts(source, hop); hop++) {
    const next = addressIn(said.pop() ?? '');
    if (next === null) break;
    source = next;
  }
  // A connection that has ended has no address any more.
  return source === null ? 'nowhere' : counted(source);
}

/**
 * The source of a connection, in the same form; null for sources that are not counted: trusted proxies, which bring many
 * callers, and this machine, where an unconfigured proxy may run.
 */
export function peerOf(remoteAddress: string | undefined, trusts: TrustsProxy): string | null {
  const address = addressIn(remoteAddress ?? '');
  return address === null || isLocalHost(address) || trusts(address, 0) ? null : counted(address);
}

function counted(address: string): string {
  return isIPv6(address) ? `${networkOf(address)}::/64` : address;
}

/** The address in a text in canonical form, without its port; null if there is none. */
function addressIn(text: string): string | null {
  if (text.length > LONGEST) return null;
  const plain = text.trim().replace(/^"(.*)"$/, '$1');
  const [, before = plain] = /^\[(.*)\](?::\d*)?$/.exec(plain) ?? /^([\d.]*):\d*$/.exec(plain) ?? [];
  const [address = ''] = before.split('%');
  if (isIPv4(address)) return address;
  return isIPv6(address) ? unmapped(new URL(`http://[${address}]`).hostname.slice(1, -1)) : null;
}

/** Converts an IPv4-mapped IPv6 address (::ffff:0:0/96) to IPv4. */
function unmapped(address: string): string {
  const halves = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(address)?.slice(1);
  if (halves === undefined) return address;
  return halves.flatMap((half) => [Number.parseInt(half, 16) >> 8, Number.parseInt(half, 16) & 0xff]).join('.');
}

/** The first four groups of an address in URL form: lower case, without leading zeros. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - rest.length) }, () => '0');
  return [...groups, ...zeros, ...rest].slice(0, 4).join(':');
}
