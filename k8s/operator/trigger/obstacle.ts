import { BitqlError, type ErrorCode } from '../../../src/errors.ts';
import type { BlockTriggerCondition } from '../../api/block-trigger.ts';

export interface ObstacleFinding {
  /** The condition that it makes false; `Stalled`, which it makes true. */
  readonly condition: BlockTriggerCondition;
  readonly reason: string;
  readonly message: string;
  /** When to try again, in milliseconds. */
  readonly retryMs: number;
  /** How long it may last, in milliseconds, until it is worth telling [0]. */
  readonly graceMs?: number;
}

/** What keeps a trigger from going on, for its status: no fault of the operator, and nothing that trying at once would help. */
export class Obstacle extends BitqlError implements ObstacleFinding {
  readonly condition: BlockTriggerCondition;
  readonly reason: string;
  readonly retryMs: number;
  readonly graceMs: number;

  constructor(code: ErrorCode, finding: ObstacleFinding, cause?: unknown) {
    const { condition, reason, message, retryMs, graceMs = 0 } = finding;
    super(code, message, cause);
    this.name = 'Obstacle';
    this.condition = condition;
    this.reason = reason;
    this.retryMs = retryMs;
    this.graceMs = graceMs;
  }
}
