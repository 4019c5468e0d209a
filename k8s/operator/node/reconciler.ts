import { backoffMs } from '../../../src/waiting.ts';
import type { BitcoinNodeStatus } from '../../api/bitcoin-node.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { PERSISTENT_VOLUME_CLAIM, SECRET, STATEFUL_SET } from '../runtime/kinds.ts';
import type { HostPace } from '../runtime/outside-calls.ts';
import {
  type ReconcileContext,
  type ReconcileResult,
  type Reconciler,
  Rounds,
  type Watched,
} from '../runtime/reconciler.ts';
import { keyOf, type ObjectKey } from '../runtime/resource.ts';
import { conditionOf, type Newsworthy, StatusWrites } from '../runtime/status.ts';
import { type AppliedNode, applyNode, NODE_CHILD_KINDS } from './apply.ts';
import type { NodeImages } from './inputs.ts';
import { NODE, NODES_SELECTOR, nodeNames, nodeUrl } from './names.ts';
import { NodePoll, NodeSilences } from './poll.ts';
import { findReferences } from './references.ts';
import { AT_TIP_MS, nodeDueAfterMs, nodeStatus, sinceWrittenMs } from './status.ts';

interface NodeReconcilerOptions {
  /** The image for specs without one [releases that the operator was tested with]. */
  readonly images?: NodeImages;
  /** How often a synced node is asked [2 s]. */
  readonly pollMs?: number;
  /** The minimum time between two writes of a status while new blocks arrive [5 s]. */
  readonly atTipMs?: number;
}

/** State of a node between two reconciles. */
interface NodeMemory {
  readonly writes: StatusWrites;
  /** Null if the node cannot or must not be asked. */
  poll: NodePoll | null;
  generation: number | undefined;
  applied: AppliedNode | null;
  /** How many times in a row there was an obstacle, and when to retry, by the steady clock. */
  obstacles: number;
  retryAt: number;
}

const POLL_MS = 2_000;
/** Time between two retries while there is an obstacle: no watch reports when it is gone. */
const OBSTACLE_TIMES = { firstMs: 5_000, longestMs: 60_000 };
/** Time between two reconciles of a stopped node, whose Secrets are not watched. */
const IDLE_MS = 60_000;

/** Conditions whose changes are announced. It is no news that a new node is not ready yet. */
const NEWS: Newsworthy = {
  conditions: {
    Ready: { bad: 'False', badReason: 'NotReady', goodReason: 'Ready', atFirst: 'good' },
    RPCReachable: { bad: 'False', goodReason: 'RPCReachable' },
    Synced: { bad: 'False', badReason: 'NotSynced', goodReason: 'Synced', atFirst: 'good' },
    ChainSplit: { bad: 'True', badReason: 'ChainSplit', goodReason: 'ChainSplitHealed', atFirst: 'bad' },
    TipStale: { bad: 'True', badReason: 'TipStale', goodReason: 'NewBlock' },
    StoragePressure: { bad: 'True', badReason: 'StoragePressure', goodReason: 'StorageSuffices' },
    AllKindsServed: { bad: 'False', badReason: 'NotServed', goodReason: 'AllKindsServed', atFirst: 'bad' },
    Stalled: { bad: 'True', goodReason: 'Resumed', atFirst: 'bad' },
  },
  isUnknownForgotten: true,
};

/** Makes the cluster match BitcoinNodes, and reports the state of the nodes. */
export class NodeReconciler implements Reconciler<BitcoinNode> {
  readonly resource = NODE;
  /** Watching Secrets needs the right to read all of them, so they are read again now and then. */
  readonly owns = NODE_CHILD_KINDS.filter(({ kind }) => kind !== SECRET.kind);
  readonly reads = [STATEFUL_SET, PERSISTENT_VOLUME_CLAIM];
  readonly watches: readonly Watched<BitcoinNode>[] = [
    {
      resource: PERSISTENT_VOLUME_CLAIM,
      labelSelector: NODES_SELECTOR,
      keysOf: (claim, nodes) =>
        nodes
          .filter(({ metadata }) => metadata.namespace === claim.metadata.namespace)
          .filter(({ metadata }) => nodeNames(metadata.name).volume === claim.metadata.name)
          .map(keyOf),
    },
  ];
  readonly #images: NodeImages;
  readonly #pollMs: number;
  readonly #atTipMs: number;
  readonly #rounds = new Rounds<NodeMemory>();
  readonly #silences = new NodeSilences();

  constructor({ images = {}, pollMs = POLL_MS, atTipMs = AT_TIP_MS }: NodeReconcilerOptions = {}) {
    this.#images = images;
    this.#pollMs = pollMs;
    this.#atTipMs = atTipMs;
  }

  async reconcile(node: BitcoinNode, context: ReconcileContext): Promise<ReconcileResult> {
    // Its children are deleted with it.
    if (node.metadata.deletionTimestamp !== undefined) return {};
    const memory = this.#rounds.of(node, beginMemory);
    const { children } = await this.#apply(memory, node, context);
    const observation = (await memory.poll?.observe(context)) ?? null;
    const status = nodeStatus({ node, children, observation, now: context.now() });
    await this.#write(memory, node, status, context);
    return { requeueAfterMs: waitMs(memory, context.steadyNow()) };
  }

  forget(key: ObjectKey): void {
    this.#rounds.forget(key);
  }

  /** While there is an obstacle, retries become rarer: no watch reports when it is gone. */
  async #apply(memory: NodeMemory, node: BitcoinNode, context: ReconcileContext): Promise<AppliedNode> {
    const { applied: before } = memory;
    const now = context.steadyNow();
    const isSame = memory.generation === node.metadata.generation;
    if (isSame && before !== null && before.children.obstacle !== null && now < memory.retryAt) return before;
    const isFresh = memory.poll?.isRefused(now) ?? false;
    const applied = await applyNode(context.cluster, node, this.#images, { isFresh });
    const isReadyNow = applied.children.pod?.isReady === true && before?.children.pod?.isReady !== true;
    await this.#aim(memory, node, applied, context);
    if (!isSame || isReadyNow) memory.poll?.hurry();
    if (applied.children.obstacle === null) memory.obstacles = 0;
    else memory.retryAt = now + backoffMs(OBSTACLE_TIMES, memory.obstacles++);
    memory.applied = applied;
    memory.generation = node.metadata.generation;
    return applied;
  }

  async #aim(
    memory: NodeMemory,
    node: BitcoinNode,
    { login }: AppliedNode,
    { cluster }: ReconcileContext,
  ): Promise<void> {
    const isStopped = node.spec.external === undefined && node.spec.desiredState === 'Stopped';
    if (login === null || isStopped) {
      memory.poll = null;
      return;
    }
    const { username, password } = login;
    const references = await findReferences(cluster, node);
    const { splitDepth } = node.spec.sync;
    const target = { url: nodeUrl(node), login: { username, password }, references, splitDepth };
    if (memory.poll?.isOf(target) === true) return;
    const isFirst = memory.poll === null;
    const options = { pollMs: this.#pollMs, silences: this.#silences, before: isFirst ? paceOf(node) : undefined };
    memory.poll = new NodePoll(target, options);
    if (!isFirst) memory.poll.hurry();
  }

  async #write(
    { writes }: NodeMemory,
    node: BitcoinNode,
    status: BitcoinNodeStatus,
    context: ReconcileContext,
  ): Promise<void> {
    const byOthersMs = sinceWrittenMs(node.status, context.now());
    const dueMs = nodeDueAfterMs(node.status, status, this.#atTipMs);
    const earlyMs = writes.earlyMs(dueMs, context.steadyNow(), byOthersMs);
    if (earlyMs === 0) await writes.write(node, status, context);
  }
}

function beginMemory(): NodeMemory {
  const writes = new StatusWrites(NEWS);
  return { writes, poll: null, generation: undefined, applied: null, obstacles: 0, retryAt: 0 };
}

/** How fast a node answered an earlier operator, according to its status. */
function paceOf(node: BitcoinNode): HostPace | undefined {
  const reachable = conditionOf(node, 'RPCReachable');
  if (reachable?.reason === 'Timeout') return 'slow';
  return reachable?.status === 'True' ? 'quick' : undefined;
}

/** How long until the next reconcile if no watch reports a change, in milliseconds. */
function waitMs({ poll, applied, retryAt }: NodeMemory, now: number): number {
  const retryMs = applied?.children.obstacle == null ? IDLE_MS : Math.max(0, retryAt - now);
  return Math.min(poll?.waitMs(now) ?? IDLE_MS, retryMs);
}
