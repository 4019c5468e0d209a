import type { BitcoinNode } from '../../api/kinds.ts';
import { nodeUrl, zmqUrls } from './names.ts';

/** What is wrong with an address that nobody can call, such as http://10.0.0.256, which no pattern tells; null for nothing. */
export function badAddress(...addresses: readonly string[]): string | null {
  const bad = addresses.find((address) => !URL.canParse(address));
  return bad === undefined ? null : `${bad} is not a valid address: correct it.`;
}

/** The same, of all addresses of a node. */
export function badAddressOf(node: BitcoinNode): string | null {
  return badAddress(nodeUrl(node), ...zmqUrls(node));
}
