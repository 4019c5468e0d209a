import type { BlockTriggerStatus } from '../../api/block-trigger.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import { INDEX } from '../index/kind.ts';
import { NODE } from '../node/names.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { JOB } from '../runtime/kinds.ts';
import type { ReconcileContext, ReconcileResult, Reconciler, Watched } from '../runtime/reconciler.ts';
import { type Key, type KubernetesObject, keyOf, keyText } from '../runtime/resource.ts';
import { Silences } from '../runtime/silences.ts';
import { findingsOf } from './findings.ts';
import { SILENT_INDEX_TIMES } from './index-access.ts';
import { kindText, resourcesOf } from './kinds.ts';
import { TRIGGER } from './names.ts';
import { accessNode } from './node-access.ts';
import { Obstacle } from './obstacle.ts';
import { TriggerRun } from './trigger-run.ts';

/** Kinds that no watch tells of are looked at again after that long. */
const LOOK_AGAIN_MS = 10_000;
/** Between two tries of one that cannot go on. */
const LONGEST_WAIT_MS = 30_000;

/** That a trigger cannot go on. */
interface Waiting {
  readonly uid: string | undefined;
  /** By the steady clock. */
  readonly since: number;
  /** How often it has tried since. */
  readonly attempts: number;
}

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
  readonly #silences = new Silences<string>(SILENT_INDEX_TIMES);
  readonly #waiting = new Map<string, Waiting>();

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
    const run = new TriggerRun(trigger, context, { access: this.#access, silences: this.#silences });
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
      const { since, attempts } = this.#waits(trigger, context.steadyNow());
      if (context.steadyNow() - since >= error.graceMs) await this.#tell(run, trigger, error, context);
      const longestMs = Math.max(LONGEST_WAIT_MS, error.retryMs);
      return { requeueAfterMs: backoffMs({ firstMs: error.retryMs, longestMs }, attempts) };
    }
  }

  forget(key: Key): void {
    this.#waiting.delete(keyText(key));
  }

  #waits(trigger: BlockTrigger, now: number): Waiting {
    const { uid } = trigger.metadata;
    const key = keyText(keyOf(trigger));
    const known = this.#waiting.get(key);
    const waiting = known?.uid === uid ? { ...known, attempts: known.attempts + 1 } : { uid, since: now, attempts: 0 };
    this.#waiting.set(key, waiting);
    return waiting;
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
