import { BitqlError, type ErrorCode } from '../../../src/errors.ts';

/** What keeps an object from being what its spec asks for. Its conditions say so, and it is tried again later. */
export interface Obstacle {
  /** The condition that is False because of it; `Stalled`, which is True, where there is no other. */
  readonly condition: string;
  /** One word for programs. */
  readonly reason: string;
  /** What is to be done. */
  readonly message: string;
  /** Whether it only goes away when somebody changes something. */
  readonly isFinal: boolean;
}

/** Whether a look found an obstacle, and not what it looked for. */
export function isObstacle(found: unknown): found is Obstacle {
  return typeof found === 'object' && found !== null && 'isFinal' in found;
}

export interface ThrownObstacle<Condition extends string = string> extends Omit<Obstacle, 'isFinal'> {
  readonly condition: Condition;
  /** [false] */
  readonly isFinal?: boolean;
  /** When to try again, in milliseconds. */
  readonly retryMs: number;
  /** How long it may last until it is worth reporting, in milliseconds [0]. */
  readonly graceMs?: number;
}

/** An obstacle that is found deep inside a reconcile. It is no fault of the operator, and trying again at once does not help. */
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
