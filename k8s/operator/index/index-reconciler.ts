import { BitqlError } from '../../../src/errors.ts';
import type { BitcoinIndexStatus } from '../../api/bitcoin-index.ts';
import type { BitcoinIndex } from '../../api/kinds.ts';
import { NODE } from '../node/names.ts';
import { SECRET } from '../runtime/kinds.ts';
import type { ReconcileContext, ReconcileResult, Reconciler, Watched } from '../runtime/reconciler.ts';
import { type Key, keyOf, keyText } from '../runtime/resource.ts';
import { announce } from './announce.ts';
import { applyChildren, CHILD_KINDS } from './children.ts';
import { desiredIndex } from './desired-index.ts';
import { findingsOf, type Situation } from './findings.ts';
import { type Gathered, gather } from './gather.ts';
import { changeOf, statusOf } from './index-status.ts';
import { INDEX } from './kind.ts';
import { growVolumes } from './mongodb/volumes.ts';
import { observe } from './observe.ts';
import { notServed, readServed } from './served.ts';

export interface IndexReconcilerOptions {
  /** What a new index begins with, where its spec names no image; null: each needs one. */
  readonly image: string | null;
  /** How often gateways are asked how far the index is [5 s]; heights are written no more often. */
  readonly pollMs?: number;
  /** How often everything is applied though nobody says that it changed: Secrets are not watched [30 s]. */
  readonly sweepMs?: number;
}

/** What is remembered of an index between two looks at it. */
interface Memory {
  /** Of the last time that everything was applied. */
  readonly sweep: Sweep;
  readonly sweptAt: number;
  /** When it is to be looked at again. */
  dueAt: number;
  writtenAt: number;
}

type Sweep = Gathered & Pick<Situation, 'notServed' | 'failure'> & { readonly error: unknown };

const POLL_MS = 5_000;
const SWEEP_MS = 30_000;

/** Brings about BitcoinIndexes: indexer, gateways, a database if that is asked for, and what tells how they are. */
export class IndexReconciler implements Reconciler<BitcoinIndex> {
  readonly resource = INDEX;
  /** Secrets are not watched: whoever may watch them all may read them all. */
  readonly owns = CHILD_KINDS.filter(({ kind }) => kind !== SECRET.kind);
  readonly watches: readonly Watched<BitcoinIndex>[] = [
    {
      resource: NODE,
      keysOf: (node, indexes) =>
        indexes
          .filter(({ metadata }) => metadata.namespace === node.metadata.namespace)
          .filter(({ spec }) => spec.nodeRef.name === node.metadata.name)
          .map(keyOf),
    },
  ];
  readonly #image: string | null;
  readonly #pollMs: number;
  readonly #sweepMs: number;
  readonly #memories = new Map<string, Memory>();

  constructor({ image, pollMs = POLL_MS, sweepMs = SWEEP_MS }: IndexReconcilerOptions) {
    this.#image = image;
    this.#pollMs = pollMs;
    this.#sweepMs = sweepMs;
  }

  async reconcile(index: BitcoinIndex, context: ReconcileContext): Promise<ReconcileResult> {
    // What it has goes with it.
    if (index.metadata.deletionTimestamp !== undefined) return {};
    const memory = await this.#remembered(index, context);
    const { sweep } = memory;
    const observation = await observe(context.cluster, index, sweep.node, context.signal);
    const findings = findingsOf(index, { ...sweep, observation });
    const status = statusOf(index, observation, findings, context.now());
    const waitMs = await this.#write(index, status, memory, context);
    if (sweep.error !== null) throw sweep.error;
    memory.dueAt = context.now() + waitMs;
    return { requeueAfterMs: waitMs };
  }

  forget(key: Key): void {
    this.#memories.delete(keyText(key));
  }

  /** Called before its time, something has changed: then, and now and then, all is applied. Else there is only a look. */
  async #remembered(index: BitcoinIndex, context: ReconcileContext): Promise<Memory> {
    const key = keyText(keyOf(index));
    const known = this.#memories.get(key);
    const now = context.now();
    const isQuiet = known !== undefined && now >= known.dueAt && now < known.sweptAt + this.#sweepMs;
    if (isQuiet && known.sweep.inputs !== null && known.sweep.error === null) return known;
    const sweep = await this.#sweep(index, context);
    const memory = { sweep, sweptAt: now, dueAt: now, writtenAt: known?.writtenAt ?? Number.NEGATIVE_INFINITY };
    this.#memories.set(key, memory);
    return memory;
  }

  async #sweep(index: BitcoinIndex, { cluster }: ReconcileContext): Promise<Sweep> {
    let found: Sweep = { node: null, lacks: [], inputs: null, notServed: [], failure: null, error: null };
    try {
      const served = await readServed(cluster);
      const gathered = await gather(cluster, index, { image: this.#image, served });
      found = { ...found, ...gathered, notServed: notServed(index, served) };
      if (gathered.inputs === null) return found;
      await applyChildren(cluster, index, desiredIndex(index, gathered.inputs));
      await growVolumes(cluster, index);
      return found;
    } catch (error) {
      if (!isWorthTelling(error)) throw error;
      return { ...found, failure: { message: error.message, isFinal: !error.retryable }, error };
    }
  }

  /** @returns when to look again, in milliseconds */
  async #write(
    index: BitcoinIndex,
    status: BitcoinIndexStatus,
    memory: Memory,
    { cluster, events, now }: ReconcileContext,
  ): Promise<number> {
    const change = changeOf(index.status, status);
    if (change === 'none') return this.#pollMs;
    const earlyMs = memory.writtenAt + this.#pollMs - now();
    if (change === 'heights' && earlyMs > 0) return earlyMs;
    await cluster.applyStatus({ ...index, status });
    memory.writtenAt = now();
    announce(events, index, status.conditions ?? []);
    return this.#pollMs;
  }
}

/** Another writer who came in between, and the end of this operator's own time, are no news of the index. */
function isWorthTelling(error: unknown): error is BitqlError {
  return error instanceof BitqlError && !['CLUSTER_CONFLICT', 'LEASE_LOST', 'TIMEOUT'].includes(error.code);
}
