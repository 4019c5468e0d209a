/** What a transaction may cost at the most, beyond which the node is to refuse it. */
export interface FeeLimits {
  /** Satoshis a virtual byte; 0: any number. Null: the node's own limit. */
  readonly maxFeeRate?: number | null | undefined;
  /** Satoshis in outputs that nobody can spend. Null: the node's own limit. */
  readonly maxBurnAmount?: number | null | undefined;
}

/** A fee rate as Bitcoin Core takes it: BTC for 1,000 virtual bytes. */
export function coreFeeRate({ maxFeeRate }: FeeLimits): string | null {
  return maxFeeRate == null ? null : (maxFeeRate / 1e5).toFixed(8);
}

/** The parameters behind the transactions, for nodes of BTC; none where nothing is limited. */
export function limitParameters(limits: FeeLimits): readonly (string | null)[] {
  const feeRate = coreFeeRate(limits);
  if (limits.maxBurnAmount == null) return feeRate === null ? [] : [feeRate];
  return [feeRate, (limits.maxBurnAmount / 1e8).toFixed(8)];
}
