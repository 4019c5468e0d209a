/** The time for which this process may write. */
export interface Tenure {
  /** Aborted with a LEASE_LOST when it is over. */
  readonly signal: AbortSignal;
  /** Throws what the signal's reason is, or will be: a process that was paused asks before its timers have run. */
  assertHeld(): void;
}

/** Until the signal: where there is no election. */
export function tenureUntil(signal: AbortSignal): Tenure {
  return { signal, assertHeld: () => signal.throwIfAborted() };
}
