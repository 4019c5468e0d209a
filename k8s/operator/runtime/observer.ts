/** What an operator lets be noticed of its work while it does it. */
export interface OperatorObserver {
  /** @param code the HTTP status, or `none` where nothing was answered */
  called(method: string, code: string, seconds: number): void;
  /** A watch ended: `closed` by the server in its time, `idle`, `expired` (410), or by an `error`. */
  watchEnded(kind: string, reason: WatchEnd): void;
  enqueued(kind: string): void;
  reconciled(kind: string, outcome: ReconcileOutcome, seconds: number): void;
  /** Whether this process leads. */
  leads(isLeader: boolean): void;
}

export type WatchEnd = 'closed' | 'idle' | 'expired' | 'error';
/** A conflict is another writer's change that came in between, and no failure. */
export type ReconcileOutcome = 'done' | 'conflict' | 'stopped' | 'failed';

/** Nobody looks. */
export const NO_OPERATOR_OBSERVER: OperatorObserver = {
  called() {},
  watchEnded() {},
  enqueued() {},
  reconciled() {},
  leads() {},
};
