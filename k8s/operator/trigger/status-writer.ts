import { isDeepStrictEqual } from 'node:util';
import type { BlockTriggerStatus } from '../../api/block-trigger.ts';
import { type Finding, withFindings } from '../../api/conditions.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import type { Maker } from './maker.ts';

const MAX_ACTIVE = 32;

/**
 * Writes the status of a trigger, where it changes. Only as the next version of what was read: an operator that lost its lease
 * and does not know it yet fails, instead of taking back what its successor noted.
 */
export class TriggerStatusWriter {
  readonly #context: ReconcileContext;
  #written: BlockTrigger;
  #maker: Maker | null = null;

  constructor(trigger: BlockTrigger, context: ReconcileContext) {
    this.#written = trigger;
    this.#context = context;
  }

  /** Whose children are told of from now on. */
  watch(maker: Maker): void {
    this.#maker = maker;
  }

  /** What runs of all that was made. */
  get active(): readonly string[] {
    return this.#maker?.active ?? this.#written.status?.active ?? [];
  }

  /** @param findings [the conditions stay] @throws CLUSTER_CONFLICT where somebody else wrote the object */
  async write(progress: BlockTriggerStatus, findings?: readonly Finding[]): Promise<void> {
    const before = this.#written.status;
    const { generation } = this.#written.metadata;
    const now = new Date(this.#context.now()).toISOString();
    const known = before?.conditions ?? [];
    const status = {
      ...progress,
      active: this.active.slice(0, MAX_ACTIVE),
      observedGeneration: findings === undefined ? before?.observedGeneration : generation,
      conditions: findings === undefined ? known : withFindings(known, findings, { generation, now }),
    };
    const wanted: BlockTriggerStatus = JSON.parse(JSON.stringify(status));
    if (isDeepStrictEqual(wanted, before)) return;
    this.#written = await this.#context.cluster.applyStatus(
      { ...this.#written, status: wanted },
      { ifUnchanged: true },
    );
  }
}
