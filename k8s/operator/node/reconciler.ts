import { backoffMs } from '../../../src/waiting.ts';
import type { BitcoinNodeStatus } from '../../api/bitcoin-node.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import type { Newsworthy } from '../runtime/announce.ts';
import { conditionOf } from '../runtime/conditions.ts';
import { PERSISTENT_VOLUME_CLAIM, SECRET, STATEFUL_SET } from '../runtime/kinds.ts';
import type { HostPace } from '../runtime/outside-calls.ts';
import type { ReconcileContext, ReconcileResult, Reconciler, Watched } from '../runtime/reconciler.ts';
import { keyOf, type ObjectKey } from '../runtime/resource.ts';
import { Rounds } from '../runtime/rounds.ts';
import { StatusWrites } from '../runtime/status.ts';
import { type AppliedNode, applyNode, NODE_CHILD_KINDS } from './apply.ts';
import type { NodeImages } from './inputs.ts';
import { NODE, NODES_SELECTOR, nodeNames, nodeUrl } from './names.ts';
import { NodePoll, NodeSilences } from './poll.ts';
import { findReferences } from './references.ts';
import { AT_TIP_MS, nodeDueAfterMs, nodeStatus, sinceToldMs } from './status.ts';

export interface NodeReconcilerOptions {
  /** What runs where a spec has no image [releases that it was made for]. */
  readonly images?: NodeImages;
  /** How often a node that has the chain is asked for news [2 s]. */
  readonly pollMs?: number;
  /** The time between two writes of a status while new blocks come [5 s]. */
  readonly atTipMs?: number;
}

/** What is remembered of a node between two looks at it. */
interface NodeMemory {
  readonly writes: StatusWrites;
  /** Null where the node is not to be asked, or cannot. */
  poll: NodePoll | null;
  generation: number | undefined;
  applied: AppliedNode | null;
  /** How often in a row there was an obstacle, and when it is tried again, by the steady clock. */
  obstacles: number;
  retryAt: number;
}

const POLL_MS = 2_000;
/** Between two tries while there is an obstacle: no watch reports that it has gone. */
const OBSTACLE_TIMES = { firstMs: 5_000, longestMs: 60_000 };
/** Between two looks at a stopped node, whose Secrets are not watched. */
const IDLE_MS = 60_000;

/** Conditions whose changes are announced. That a new node is not ready yet goes without saying. */
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

/** Makes the cluster hold what BitcoinNodes ask for, and reports how the nodes are. */
export class NodeReconciler implements Reconciler<BitcoinNode> {
  readonly resource = NODE;
  /** Watching its Secrets would take the right to read all of them: they are read again now and then. */
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

  /** While there is an obstacle, it is tried again ever less often: no watch reports that it has gone. */
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
    const byOthersMs = sinceToldMs(node.status, context.now());
    const dueMs = nodeDueAfterMs(node.status, status, this.#atTipMs);
    const earlyMs = writes.earlyMs(dueMs, context.steadyNow(), byOthersMs);
    if (earlyMs === 0) await writes.write(node, status, context);
  }
}

function beginMemory(): NodeMemory {
  const writes = new StatusWrites(NEWS);
  return { writes, poll: null, generation: undefined, applied: null, obstacles: 0, retryAt: 0 };
}

/** How soon a node answered the operator before this one, by its status. */
function paceOf(node: BitcoinNode): HostPace | undefined {
  const reachable = conditionOf(node, 'RPCReachable');
  if (reachable?.reason === 'Timeout') return 'slow';
  return reachable?.status === 'True' ? 'quick' : undefined;
}

/** How long until the next look, in milliseconds, where no watch reports a change. */
function waitMs({ poll, applied, retryAt }: NodeMemory, now: number): number {
  const retryMs = applied?.children.obstacle == null ? IDLE_MS : Math.max(0, retryAt - now);
  return Math.min(poll?.waitMs(now) ?? IDLE_MS, retryMs);
}
