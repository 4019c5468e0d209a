/** What a caller may spend. */
export interface Account {
  /** The most that one request may cost. */
  readonly maxCost: number;
  /** Pays at once, of what is reserved for it at this gateway; null where that is less. */
  trySpend(points: number): PointsPayment | null;
  /** Pays, and waits for more to be reserved where that is needed. @throws RATE_LIMITED where there is none: nothing is paid then */
  spend(points: number): Promise<PointsPayment>;
}

/** What was paid. */
export interface PointsPayment {
  readonly points: number;
  /** Gives some of it back: in all no more than it is, and nothing once its minute is over. */
  giveBack(points: number): void;
}
