import type { Currency } from '../chain/networks.ts';

/**
 * What nodes of each currency call themselves, in lower case. Left out are names of software that has gone from one coin to
 * another (BitcoinUnlimited, Bitcoin XT, Bitcoin ABC): nobody can tell by them.
 */
const CLIENTS: Readonly<Record<Currency, readonly string[]>> = {
  // Knots adds its own name behind that of Core; btcd and bcoin are other software.
  BTC: ['satoshi', 'bitcoin knots', 'btcwire', 'btcd', 'bcoin'],
  BCH: [
    'bitcoin cash node',
    'bch unlimited',
    'bucash',
    'bchwire',
    'bchd',
    'bcash',
    'bitcoin verde',
    'flowee',
    'knuth',
    'kth',
  ],
  BSV: ['bitcoin sv', 'teranode'],
};

/** The version in words, as the client's name is followed by it; null where there is none. */
export function versionOfClient(userAgent: string): string | null {
  return /:\s*([0-9][^/;( ]*)/.exec(userAgent)?.[1] ?? null;
}

/**
 * The currency of a node, by the name of its client; null for a name that nobody knows.
 * @param userAgent such as /Satoshi:29.0.0(a comment)/Knots:20250903/, of which the first name tells what speaks (BIP 14). What
 *   stands in parentheses is whatever somebody wanted to say.
 */
export function currencyOfClient(userAgent: string): Currency | null {
  const name = /^\/?([^/:()]+)/.exec(userAgent)?.[1]?.trim().toLowerCase();
  if (name === undefined) return null;
  return (Object.keys(CLIENTS) as Currency[]).find((currency) => CLIENTS[currency].includes(name)) ?? null;
}
