/** What is looked up, and what that took: apart from look-up.ts, which is a program. */
export const LOOK_UPS = ['txid', 'newest 25, rare', 'newest 25, hot', 'fold', '60 spends'] as const;
export type LookUpName = (typeof LOOK_UPS)[number];

export interface LookUpTimes {
  readonly reads: number;
  readonly p50_ms: number;
  readonly p99_ms: number;
  /** Of a read. */
  readonly rows: number;
  /** Commands to the server for one read; null for SQLite. */
  readonly commands: number | null;
  /** Processor time of this process and of the server for a read. */
  readonly processor_ms: number;
}

export type LookUpResult = Readonly<Record<LookUpName, LookUpTimes>>;
