import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import proxyAddr from 'proxy-addr';

/** Tells whether an address is that of a proxy whose word on where a request comes from counts. */
export type TrustsProxy = (address: string, hop: number) => boolean;

/** @param proxies addresses and CIDR ranges; others may say what they want in X-Forwarded-For */
export function trustOf(proxies: readonly string[]): TrustsProxy {
  return proxyAddr.compile([...proxies]);
}

/**
 * Where a request comes from: an IPv4 address, or the network (/64) of an IPv6 address, since whoever has one address of it has
 * all.
 */
export function sourceOf(request: IncomingMessage, trusts: TrustsProxy): string {
  const address = proxyAddr(request, trusts);
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  return isIPv6(address) ? `${networkOf(address)}::/64` : address;
}

/** The first four groups, without leading zeros. */
function networkOf(address: string): string {
  const [whole = ''] = address.split('%');
  const [head = '', tail] = whole.split('::');
  const groups = head === '' ? [] : head.split(':');
  const behind = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - behind.length) }, () => '0');
  return [...groups, ...zeros, ...behind]
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
