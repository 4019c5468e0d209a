/** Receives what happens in an operator, for metrics. */
export interface OperatorObserver {
  /** @param code the HTTP status, or `none` without an answer */
  called(method: string, code: string, seconds: number): void;
  /** A watch ended: `closed` regularly by the server, `idle`, `expired` (410), or by an `error`. */
  watchEnded(kind: string, reason: WatchEnd): void;
  enqueued(kind: string): void;
  reconciled(kind: string, outcome: ReconcileOutcome, seconds: number): void;
  /** Whether this process leads. */
  leads(isLeader: boolean): void;
}

export type WatchEnd = 'closed' | 'idle' | 'expired' | 'error';
/** A conflict is a change by another writer in the meantime; it is no failure. */
export type ReconcileOutcome = 'done' | 'conflict' | 'stopped' | 'failed';

/** Ignores everything. */
export const NO_OPERATOR_OBSERVER: OperatorObserver = {
  called() {},
  watchEnded() {},
  enqueued() {},
  reconciled() {},
  leads() {},
};
