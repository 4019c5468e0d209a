import type { BlockTriggerStatus } from '../../api/block-trigger.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import { INDEX } from '../index/kind.ts';
import { NODE } from '../node/names.ts';
import { JOB } from '../runtime/kinds.ts';
import type { ReconcileContext, ReconcileResult, Reconciler, Watched } from '../runtime/reconciler.ts';
import { type Key, type KubernetesObject, keyOf, keyText } from '../runtime/resource.ts';
import { findingsOf } from './findings.ts';
import { kindText, resourcesOf } from './kinds.ts';
import { TRIGGER } from './names.ts';
import { accessNode } from './node-access.ts';
import { Obstacle } from './obstacle.ts';
import { TriggerRun } from './trigger-run.ts';

/** Kinds that no watch tells of are looked at again after that long. */
const LOOK_AGAIN_MS = 10_000;

/** Makes what BlockTriggers say, when it happens. */
export class TriggerReconciler implements Reconciler<BlockTrigger> {
  readonly resource = TRIGGER;
  readonly owns = [JOB];
  readonly watches: readonly Watched<BlockTrigger>[] = [
    { resource: NODE, keysOf: (node, cached) => keysWhere(node, cached, ({ spec }) => spec.nodeRef.name) },
    { resource: INDEX, keysOf: (index, cached) => keysWhere(index, cached, ({ spec }) => spec.index?.name) },
  ];
  readonly #allowed: readonly string[];
  readonly #access: typeof accessNode;
  /** Since when triggers wait for what passes by itself, in milliseconds since 1970. */
  readonly #waiting = new Map<string, number>();

  /**
   * @param allowed the kinds that may be made, as `batch/v1/Job`
   * @param access how the chain of a node is reached
   */
  constructor(allowed: readonly string[] = [kindText(JOB)], access = accessNode) {
    this.#allowed = allowed;
    this.#access = access;
  }

  async reconcile({ metadata }: BlockTrigger, context: ReconcileContext): Promise<ReconcileResult> {
    // Not from a cache, which may not have yet what another operator noted before this one led.
    const trigger = await context.cluster.get<BlockTrigger>(TRIGGER, metadata.namespace, metadata.name);
    if (trigger === null || trigger.metadata.deletionTimestamp !== undefined) return {};
    const run = new TriggerRun(trigger, context, this.#access);
    try {
      const resources = await resourcesOf(trigger, this.#allowed, context.cluster);
      const hasMore = await run.run(resources);
      this.forget(keyOf(trigger));
      await this.#tell(run, trigger, null, context);
      if (hasMore) return { requeueAfterMs: 0 };
      const isWatched = resources.every(({ kind }) => kind === JOB.kind);
      return isWatched || !run.isActive ? {} : { requeueAfterMs: LOOK_AGAIN_MS };
    } catch (error) {
      if (!(error instanceof Obstacle)) throw error;
      if (!this.#isPassing(keyOf(trigger), error, context.now())) await this.#tell(run, trigger, error, context);
      return { requeueAfterMs: error.retryMs };
    }
  }

  forget(key: Key): void {
    this.#waiting.delete(keyText(key));
  }

  #isPassing(key: Key, { graceMs }: Obstacle, now: number): boolean {
    const since = this.#waiting.get(keyText(key)) ?? now;
    this.#waiting.set(keyText(key), since);
    return now - since < graceMs;
  }

  async #tell(run: TriggerRun, trigger: BlockTrigger, obstacle: Obstacle | null, context: ReconcileContext) {
    const findings = findingsOf(trigger, obstacle);
    await run.writer.write(run.status, findings);
    const ready = findings.find(({ type }) => type === 'Ready')!;
    const before = readyOf(trigger.status);
    if (before?.status === ready.status && before.reason === ready.reason) return;
    context.events.record(trigger, ready.status === 'True' ? 'Normal' : 'Warning', ready.reason, ready.message);
  }
}

function readyOf(status: BlockTriggerStatus | undefined) {
  return status?.conditions?.find(({ type }) => type === 'Ready');
}

function keysWhere(
  object: KubernetesObject,
  cached: readonly BlockTrigger[],
  nameOf: (trigger: BlockTrigger) => string | undefined,
): Key[] {
  const { name, namespace } = keyOf(object);
  return cached
    .filter((trigger) => trigger.metadata.namespace === namespace && nameOf(trigger) === name)
    .map((trigger) => keyOf(trigger));
}
