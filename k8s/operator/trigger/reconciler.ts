import { backoffMs } from '../../../src/waiting.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import { INDEX } from '../index/names.ts';
import { NODE } from '../node/names.ts';
import { JOB } from '../runtime/kinds.ts';
import { ObstacleError } from '../runtime/obstacle.ts';
import {
  type ReconcileContext,
  type ReconcileResult,
  type Reconciler,
  Rounds,
  type Watched,
} from '../runtime/reconciler.ts';
import { type KubernetesObject, keyOf, type ObjectKey } from '../runtime/resource.ts';
import { Silences } from '../runtime/silences.ts';
import { announce, type Newsworthy } from '../runtime/status.ts';
import { triggerFindings } from './findings.ts';
import { accessNode, SILENT_INDEX_TIMES } from './inputs.ts';
import { TRIGGER } from './names.ts';
import { kindText, resourcesOf } from './permission.ts';
import { TriggerRun } from './run.ts';

/** Time between two looks at children of kinds that are not watched. */
const LOOK_AGAIN_MS = 10_000;
/** The longest time between two retries while there is an obstacle. */
const LONGEST_WAIT_MS = 30_000;

/** State of a trigger with an obstacle. */
interface TriggerMemory {
  /** When it began, by the steady clock. */
  readonly since: number;
  /** Attempts since then. */
  attempts: number;
}

/** Conditions whose changes are announced. */
const NEWS: Newsworthy = {
  conditions: { Ready: { bad: 'False', atFirst: 'both', isReasonNews: true } },
  isUnknownForgotten: false,
};

/** Creates the objects of BlockTriggers when their events happen. */
export class TriggerReconciler implements Reconciler<BlockTrigger> {
  readonly resource = TRIGGER;
  readonly owns = [JOB];
  readonly watches: readonly Watched<BlockTrigger>[] = [
    { resource: NODE, keysOf: (node, cached) => keysWhere(node, cached, ({ spec }) => spec.nodeRef.name) },
    { resource: INDEX, keysOf: (index, cached) => keysWhere(index, cached, ({ spec }) => spec.index?.name) },
  ];
  readonly #allowed: readonly string[];
  readonly #access: typeof accessNode;
  readonly #silences = new Silences<string>(SILENT_INDEX_TIMES);
  readonly #rounds = new Rounds<TriggerMemory>();

  /**
   * @param allowed the kinds that may be created, for example `batch/v1/Job`
   * @param access how the chain of a node is reached
   */
  constructor(allowed: readonly string[] = [kindText(JOB)], access = accessNode) {
    this.#allowed = allowed;
    this.#access = access;
  }

  async reconcile({ metadata }: BlockTrigger, context: ReconcileContext): Promise<ReconcileResult> {
    // The cache may lack what another operator noted before this one led.
    const trigger = await context.cluster.get<BlockTrigger>(TRIGGER, metadata.namespace, metadata.name);
    if (trigger === null || trigger.metadata.deletionTimestamp !== undefined) return {};
    const run = new TriggerRun(trigger, context, { access: this.#access, silences: this.#silences });
    try {
      const resources = await resourcesOf(trigger, this.#allowed, context.cluster);
      const hasMore = await run.run(resources);
      this.forget(keyOf(trigger));
      await this.#report(run, trigger, null, context);
      if (hasMore) return { requeueAfterMs: 0 };
      const isWatched = resources.every(({ kind }) => kind === JOB.kind);
      return isWatched || !run.isActive ? {} : { requeueAfterMs: LOOK_AGAIN_MS };
    } catch (error) {
      if (!(error instanceof ObstacleError)) throw error;
      const now = context.steadyNow();
      const memory = this.#rounds.of(trigger, () => ({ since: now, attempts: 0 }));
      const failures = memory.attempts++;
      if (now - memory.since >= error.graceMs) await this.#report(run, trigger, error, context);
      const longestMs = Math.max(LONGEST_WAIT_MS, error.retryMs);
      return { requeueAfterMs: backoffMs({ firstMs: error.retryMs, longestMs }, failures) };
    }
  }

  forget(key: ObjectKey): void {
    this.#rounds.forget(key);
  }

  async #report(run: TriggerRun, trigger: BlockTrigger, obstacle: ObstacleError | null, context: ReconcileContext) {
    const findings = triggerFindings(trigger, obstacle);
    await run.writer.write(run.status, findings);
    announce(context.events, trigger, findings, NEWS);
  }
}

function keysWhere(
  object: KubernetesObject,
  cached: readonly BlockTrigger[],
  nameOf: (trigger: BlockTrigger) => string | undefined,
): ObjectKey[] {
  const { name, namespace } = keyOf(object);
  return cached
    .filter((trigger) => trigger.metadata.namespace === namespace && nameOf(trigger) === name)
    .map((trigger) => keyOf(trigger));
}
