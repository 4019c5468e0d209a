/** An amount of an RPC answer, in satoshis. A double holds 21 million BTC to the satoshi; only its rounding is to be undone. */
export function toSatoshis(amount: number): number {
  return Math.round(amount * 1e8);
}
