import { BitqlError, type ErrorCode } from '../../../src/errors.ts';

/** What prevents the desired state of an object. Its conditions report it, and the operator retries later. */
export interface Obstacle {
  /** The condition that is False because of it; `Stalled`, which is True, if there is no other. */
  readonly condition: string;
  /** One word, for programs. */
  readonly reason: string;
  /** What the user should do. */
  readonly message: string;
  /** Whether it stays until somebody changes something. */
  readonly isFinal: boolean;
}

/** Whether a value is an obstacle instead of the expected result. */
export function isObstacle(found: unknown): found is Obstacle {
  return typeof found === 'object' && found !== null && 'isFinal' in found;
}

interface ThrownObstacle<Condition extends string = string> extends Omit<Obstacle, 'isFinal'> {
  readonly condition: Condition;
  /** [false] */
  readonly isFinal?: boolean;
  /** When to retry, in milliseconds. */
  readonly retryMs: number;
  /** How long it may last before it is reported, in milliseconds [0]. */
  readonly graceMs?: number;
}

/** An obstacle that is found deep inside a reconcile. The operator works correctly, and an immediate retry does not help. */
export class ObstacleError<Condition extends string = string> extends BitqlError implements Obstacle {
  readonly condition: Condition;
  readonly reason: string;
  readonly isFinal: boolean;
  readonly retryMs: number;
  readonly graceMs: number;

  constructor(code: ErrorCode, obstacle: ThrownObstacle<Condition>, cause?: unknown) {
    const { condition, reason, message, isFinal = false, retryMs, graceMs = 0 } = obstacle;
    super(code, message, cause);
    this.name = 'ObstacleError';
    this.condition = condition;
    this.reason = reason;
    this.isFinal = isFinal;
    this.retryMs = retryMs;
    this.graceMs = graceMs;
  }
}
