import { backoffMs } from '../../../src/waiting.ts';
import type { BitcoinIndexStatus } from '../../api/bitcoin-index.ts';
import type { BitcoinIndex, BitcoinNode } from '../../api/kinds.ts';
import { NODE } from '../node/names.ts';
import { INSTANCE_LABEL } from '../runtime/child.ts';
import {
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  PERSISTENT_VOLUME_CLAIM,
  SECRET,
  STATEFUL_SET,
} from '../runtime/kinds.ts';
import {
  type ReconcileContext,
  type ReconcileResult,
  type Reconciler,
  Rounds,
  type Watched,
} from '../runtime/reconciler.ts';
import { contentOf, type KubernetesObject, keyOf, type ObjectKey } from '../runtime/resource.ts';
import { type Newsworthy, StatusWrites } from '../runtime/status.ts';
import { applyIndex, INDEX_CHILD_KINDS } from './apply.ts';
import { indexFindings } from './findings.ts';
import { DATABASE_SELECTOR, INDEX } from './names.ts';
import { observe } from './observe.ts';
import { GatewayPoll } from './poll.ts';
import { indexDueAfterMs, indexStatus } from './status.ts';

interface IndexReconcilerOptions {
  /** The image of new indexes whose spec names none; null if every spec must name one. */
  readonly image: string | null;
  /** How often gateways are asked for their state [5 s]. Heights are not written more often. */
  readonly pollMs?: number;
}

/** State of an index between two reconciles. */
interface IndexMemory {
  readonly gateways: GatewayPoll;
  readonly writes: StatusWrites;
  /** The generation of the index when its gateways were last asked, or could have been. */
  generation: number | undefined;
  readyGateways: number;
  /** How many times in a row an input was missing. */
  lacking: number;
}

const POLL_MS = 5_000;
/** The maximum number of polls to skip while an input is missing that no watch reports. */
const LONGEST_POLLS = 12;

/** Conditions whose changes are announced. It is no news that a new index is not ready yet. */
const NEWS: Newsworthy = {
  conditions: {
    Ready: { bad: 'False', badReason: 'NotReady', goodReason: 'Ready' },
    Synced: { bad: 'False', badReason: 'NotSynced', goodReason: 'Synced' },
    StoreReady: { bad: 'False', badReason: 'NotStoreReady', goodReason: 'StoreReady' },
    NodeReady: { bad: 'False', badReason: 'NotNodeReady', goodReason: 'NodeReady' },
    Stalled: { bad: 'True', goodReason: 'Resumed', atFirst: 'bad' },
    AllKindsServed: { bad: 'False', badReason: 'NotAllKindsServed', goodReason: 'AllKindsServed', atFirst: 'bad' },
    StorePatched: { bad: 'False', goodReason: 'StorePatched', atFirst: 'bad' },
  },
  isUnknownForgotten: false,
};

/** Makes the cluster match BitcoinIndexes (indexer, gateways, optionally a database), and reports their state. */
export class IndexReconciler implements Reconciler<BitcoinIndex> {
  readonly resource = INDEX;
  /** Secrets are not watched: that needs the right to read all of them. */
  readonly owns = INDEX_CHILD_KINDS.filter(({ kind }) => kind !== SECRET.kind);
  readonly reads = [DEPLOYMENT, STATEFUL_SET, HORIZONTAL_POD_AUTOSCALER, PERSISTENT_VOLUME_CLAIM];
  readonly watches: readonly Watched<BitcoinIndex>[] = [
    {
      resource: NODE,
      // Heights of the node are read when the index is due.
      isNews: (before, now) => newsOf(before) !== newsOf(now),
      keysOf: (node, indexes) =>
        indexes
          .filter(({ metadata }) => metadata.namespace === node.metadata.namespace)
          .filter(({ spec }) => spec.nodeRef.name === node.metadata.name)
          .map(keyOf),
    },
    {
      resource: PERSISTENT_VOLUME_CLAIM,
      labelSelector: DATABASE_SELECTOR,
      keysOf: ({ metadata }) => {
        const name = metadata.labels?.[INSTANCE_LABEL];
        return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
      },
    },
  ];
  readonly #image: string | null;
  readonly #pollMs: number;
  readonly #rounds = new Rounds<IndexMemory>();

  constructor({ image, pollMs = POLL_MS }: IndexReconcilerOptions) {
    this.#image = image;
    this.#pollMs = pollMs;
  }

  async reconcile(index: BitcoinIndex, context: ReconcileContext): Promise<ReconcileResult> {
    // Its children are deleted with it.
    if (index.metadata.deletionTimestamp !== undefined) return {};
    const memory = this.#rounds.of(index, () => this.#begin(index));
    const applied = await applyIndex(context.cluster, index, this.#image);
    const ask = (ready: number) => {
      if (memory.generation !== index.metadata.generation || ready > memory.readyGateways) memory.gateways.hurry();
      memory.generation = index.metadata.generation;
      memory.readyGateways = ready;
      return memory.gateways.ask(context);
    };
    const observation = await observe(context.cluster, index, applied.node, ask);
    memory.readyGateways = observation.gateway?.ready ?? 0;
    const findings = indexFindings(index, { ...applied, observation });
    const status = indexStatus(index, observation, findings, context.now());
    const waitMs = await this.#write(index, status, memory, context);
    if (applied.error !== null) throw applied.error;
    memory.lacking = applied.inputs === null ? memory.lacking + 1 : 0;
    return { requeueAfterMs: memory.lacking === 0 ? waitMs : this.#lackingMs(memory) };
  }

  forget(key: ObjectKey): void {
    this.#rounds.forget(key);
  }

  #begin(index: BitcoinIndex): IndexMemory {
    const gateways = new GatewayPoll(index, this.#pollMs);
    return { gateways, writes: new StatusWrites(NEWS), generation: undefined, readyGateways: 0, lacking: 0 };
  }

  #lackingMs({ lacking }: IndexMemory): number {
    return backoffMs({ firstMs: this.#pollMs, longestMs: LONGEST_POLLS * this.#pollMs }, lacking - 1);
  }

  /** @returns when to reconcile again, in milliseconds */
  async #write(
    index: BitcoinIndex,
    status: BitcoinIndexStatus,
    { writes }: IndexMemory,
    context: ReconcileContext,
  ): Promise<number> {
    const earlyMs = writes.earlyMs(indexDueAfterMs(index.status, status, this.#pollMs), context.steadyNow());
    if (earlyMs > 0) return Math.min(earlyMs, this.#pollMs);
    await writes.write(index, status, context);
    return this.#pollMs;
  }
}

/** The changes of a node that concern its indexes at once. */
function newsOf(object: KubernetesObject): string {
  const { conditions = [] } = (object as unknown as BitcoinNode).status ?? {};
  return JSON.stringify([contentOf(object), conditions.map(({ type, status, reason }) => [type, status, reason])]);
}
