/** Quantiles of durations, in milliseconds. */
export interface Times {
  readonly p50_ms: number;
  readonly p90_ms: number;
  readonly p99_ms: number;
  readonly max_ms: number;
}

/** @param durations in milliseconds, at least one */
export function timesOf(durations: readonly number[]): Times {
  const sorted = durations.toSorted((a, b) => a - b);
  // The smallest duration that this share does not exceed.
  const quantile = (share: number) => rounded(sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!);
  return { p50_ms: quantile(0.5), p90_ms: quantile(0.9), p99_ms: quantile(0.99), max_ms: quantile(1) };
}

/** Rounds to two decimals. */
export function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
