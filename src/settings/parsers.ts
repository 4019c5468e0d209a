import proxyAddr from 'proxy-addr';
import { webOrigin } from '../origin-policy.ts';

/** A parser of a setting; it returns undefined for an invalid text. */
export type Parser<T> = (text: string) => T | undefined;

/** A whole number within bounds, both inclusive, in decimal digits. */
export function wholeNumber(min: number, max: number): Parser<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

/** Heights and ranges of heights, separated by commas: 7, 100-200,5000. Sorted, without overlaps. */
export function heightRanges(max: number): Parser<readonly (readonly [from: number, to: number])[]> {
  const height = wholeNumber(0, max);
  return (text) => {
    const ranges: [number, number][] = [];
    for (const part of text.split(',')) {
      const [from, to, ...more] = part.split('-').map((number) => height(number.trim()));
      if (from === undefined || more.length > 0 || (part.includes('-') && to === undefined)) return undefined;
      if ((to ?? from) < from) return undefined;
      ranges.push([from, to ?? from]);
    }
    ranges.sort(([a], [b]) => a - b);
    return ranges.some(([from], i) => i > 0 && from <= ranges[i - 1]![1]) ? undefined : ranges;
  };
}

/** Accepts what either parser accepts. */
export function either<A, B>(first: Parser<A>, second: Parser<B>): Parser<A | B> {
  return (text) => first(text) ?? second(text);
}

/** One of a few words. */
export function oneOf<const W extends string>(words: readonly W[]): Parser<W> {
  return (text) => words.find((word) => word === text);
}

/** Some of a few words, separated by commas. */
export function someOf<const W extends string>(words: readonly W[]): Parser<readonly W[]> {
  const word = oneOf(words);
  return (text) => {
    const found = text.split(',').map((part) => word(part.trim()));
    return found.every((one) => one !== undefined) ? [...new Set(found)] : undefined;
  };
}

/**
 * An address on the web: http or https, with a login that can be decoded, if any. An @ after the host, or a fragment, means
 * that a / ? or # in a password ended the login early: no part of it may be taken for host and port.
 */
export function webAddress(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  if (text.includes('#') || `${url.pathname}${url.search}`.includes('@')) return undefined;
  return isDecodable(url.username) && isDecodable(url.password) ? text : undefined;
}

/** A port, or a host and a port: 9464, 0.0.0.0:9464, [::]:9464. Without a host it is 127.0.0.1. */
export function listenAddress(text: string): { host: string; port: number } | undefined {
  const match = /^(?:(?:\[([0-9a-fA-F:.]+)\]|([^:[\]\s]+)):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[3]);
  return match === null || port > 65_535 ? undefined : { host: match[1] ?? match[2] ?? '127.0.0.1', port };
}

/** ZMQ endpoints, separated by commas: tcp://127.0.0.1:28332, tcp://[::1]:28332, ipc:///run/bitcoind.zmq. */
export function zmqAddresses(text: string): readonly string[] | undefined {
  const addresses = text.split(',').map((address) => address.trim());
  return addresses.every(isZmqAddress) ? addresses : undefined;
}

/** IP addresses and CIDR ranges, separated by commas, or names of ranges such as loopback. */
export function proxyRanges(text: string): readonly string[] | undefined {
  const ranges = text.split(',').map((range) => range.trim());
  try {
    proxyAddr.compile(ranges);
    return ranges;
  } catch {
    return undefined;
  }
}

/** Origins of web pages, separated by commas, as browsers write them; "*" for all, "none" for only the server's own. */
export function corsOrigins(text: string): '*' | readonly string[] | undefined {
  if (text === '*') return '*';
  if (text === 'none') return [];
  const origins = text.split(',').map((origin) => webOrigin(origin.trim()));
  return origins.every((origin) => origin !== undefined) ? origins : undefined;
}

/** A name of a Kubernetes namespace or the like: DNS's letters, digits and dashes. */
export function kubernetesName(text: string): string | undefined {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text) ? text : undefined;
}

/** Such names, separated by commas. */
export function kubernetesNames(text: string): readonly string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => kubernetesName(name) !== undefined) ? [...new Set(names)] : undefined;
}

/** Kinds of Kubernetes, as their version and name: batch/v1/Job, v1/ConfigMap. */
export function kubernetesKinds(text: string): readonly string[] | undefined {
  const kinds = text.split(',').map((kind) => kind.trim());
  const isKind = (kind: string) => /^([a-z0-9.-]+\/)?v[0-9][a-z0-9]*\/[A-Z][A-Za-z0-9]*$/.test(kind);
  return kinds.every(isKind) ? [...new Set(kinds)] : undefined;
}

function isZmqAddress(address: string): boolean {
  const port = /^tcp:\/\/(?:\[[0-9a-fA-F:.]+\]|[^\s:[\]/]+):(\d{1,5})$/.exec(address)?.[1];
  return port === undefined ? /^ipc:\/\/\S+$/.test(address) : Number(port) <= 65_535;
}

/** Whether every % begins the encoding of a character. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Any text that is not empty. */
export function anyText(text: string): string | undefined {
  return text === '' ? undefined : text;
}

/** The token after "Bearer" in a header (RFC 6750). */
export function apiKey(text: string): string | undefined {
  return /^[\w.~+/-]+=*$/.test(text) ? text : undefined;
}
