/**
 * Blocks (beside the genesis block) whose coinbase was overwritten by a later one with the same id (BIP 30; Core:
 * IsBIP30Unspendable), by their heights. Their coins are in no UTXO set and can never be spent.
 */
const OVERWRITTEN: ReadonlyMap<number, string> = new Map([
  [91_722, '00000000000271a2dc26e7667f8419f2e15416dc6955e5a6c6cdf3f2574dd08e'],
  [91_812, '00000000000af0aed4792b1acee3d966af36cf5def14935db8de83d6f9306f2f'],
]);

/** Whether the outputs of a block's coinbase never entered the UTXO set. @param hash display-order hex */
export function isCoinless({ height, hash }: { readonly height: number; readonly hash: string }): boolean {
  return height === 0 || OVERWRITTEN.get(height) === hash;
}

/** Whether the coinbase of some block at a height may have no coins. */
export function mayBeCoinless(height: number): boolean {
  return height === 0 || OVERWRITTEN.has(height);
}
