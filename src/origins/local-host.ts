import { lookup } from 'node:dns/promises';
import { BlockList, isIP, isIPv6 } from 'node:net';

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** A host as it stands in a URL, with its port or without one: a name, an IPv4 address, or an IPv6 address in brackets. */
const AUTHORITY = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{0,5})?$/i;

/** The host in what a Host header says, in lower case and without brackets and port; null for what is no host. */
export function hostOf(authority: string): string | null {
  const match = AUTHORITY.exec(authority);
  return (match?.[1] ?? match?.[2])?.toLowerCase() ?? null;
}

/** Whether a host is this machine, whatever a DNS server says. */
export function isLocalHost(host: string): boolean {
  return host === 'localhost' || (isIP(host) !== 0 && LOOPBACK.check(host, isIPv6(host) ? 'ipv6' : 'ipv4'));
}

/** Whether who listens on a host is reached from this machine alone. A host that is not known is told when it is listened on. */
export async function isReachedLocally(host: string): Promise<boolean> {
  const found = await lookup(host).catch(() => null);
  return found !== null && isLocalHost(found.address);
}
