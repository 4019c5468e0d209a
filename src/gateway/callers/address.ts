import type { IncomingMessage } from 'node:http';
import { isIPv4, isIPv6 } from 'node:net';
import proxyAddr from 'proxy-addr';
import { isLocalHost } from '../../origins/local-host.ts';

/** Tells whether an address is that of a proxy whose word on where a request comes from counts. */
export type TrustsProxy = (address: string, hop: number) => boolean;

/** What an address in a header may be written as, at most: IPv6 in brackets and quotes, with zone and port. */
const LONGEST = 128;

/** @param proxies addresses and CIDR ranges; others may say what they want in X-Forwarded-For */
export function trustOf(proxies: readonly string[]): TrustsProxy {
  return proxyAddr.compile([...proxies]);
}

/**
 * Where a request comes from: an IPv4 address, or the network (/64) of an IPv6 address, since whoever has one address of it has
 * all. Of proxies one behind the other, each is asked that is trusted. Where one says what is no address ("unknown"), the request
 * counts as its own. `Forwarded` (RFC 7239) is not read: a proxy that writes one of the headers may leave what a stranger wrote into
 * the other.
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
 * Where a connection comes from, in the same words; null for what is not told apart there: proxies that are trusted, which bring
 * many, and this machine, on which there may be one that nobody named.
 */
export function peerOf(remoteAddress: string | undefined, trusts: TrustsProxy): string | null {
  const address = addressIn(remoteAddress ?? '');
  return address === null || isLocalHost(address) || trusts(address, 0) ? null : counted(address);
}

function counted(address: string): string {
  return isIPv6(address) ? `${networkOf(address)}::/64` : address;
}

/** The address in a text, always in the same words, without its port; null where there is none. */
function addressIn(text: string): string | null {
  if (text.length > LONGEST) return null;
  const plain = text.trim().replace(/^"(.*)"$/, '$1');
  const [, before = plain] = /^\[(.*)\](?::\d*)?$/.exec(plain) ?? /^([\d.]*):\d*$/.exec(plain) ?? [];
  const [address = ''] = before.split('%');
  if (isIPv4(address)) return address;
  return isIPv6(address) ? unmapped(new URL(`http://[${address}]`).hostname.slice(1, -1)) : null;
}

/** An IPv4 address may be written as one of IPv6 (::ffff:0:0/96). */
function unmapped(address: string): string {
  const halves = /^::ffff:([\da-f]+):([\da-f]+)$/.exec(address)?.slice(1);
  if (halves === undefined) return address;
  return halves.flatMap((half) => [Number.parseInt(half, 16) >> 8, Number.parseInt(half, 16) & 0xff]).join('.');
}

/** The first four groups of an address as a URL has it: in small letters, without leading zeros. */
function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - behind.length) }, () => '0');
  return [...groups, ...zeros, ...behind].slice(0, 4).join(':');
}
