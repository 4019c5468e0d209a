import type { BitcoinNodeStatus } from '../../api/bitcoin-node.ts';
import type { BitcoinNode } from '../../api/kinds.ts';
import { SECRET } from '../runtime/kinds.ts';
import type { ReconcileContext, ReconcileResult, Reconciler } from '../runtime/reconciler.ts';
import { type Key, keyOf, keyText } from '../runtime/resource.ts';
import { announceNode } from './announce-node.ts';
import { findReferences } from './find-references.ts';
import { NODE, nodeUrl } from './names.ts';
import { type AppliedNode, applyNode, CHILD_KINDS } from './node-children.ts';
import { rpcAt } from './node-connection.ts';
import type { NodeImages } from './node-inputs.ts';
import { NodeProbe } from './node-probe.ts';
import type { NodeChildren } from './node-situation.ts';
import { isDue, nodeStatus } from './node-status.ts';

export interface NodeReconcilerOptions {
  /** What runs where a spec has no image [releases that it was made for]. */
  readonly images?: NodeImages;
  /** How often a node that has the chain is asked for news [2 s]. */
  readonly pollMs?: number;
  /** How often everything is applied though nobody says that it changed: Secrets of others are not watched [60 s]. */
  readonly sweepMs?: number;
}

/** What is remembered of a node between two looks at it. */
interface Memory {
  readonly children: NodeChildren;
  /** Null where the node is not to be asked, or cannot. */
  readonly probe: NodeProbe | null;
  readonly sweptAt: number;
  /** When it is to be looked at again. */
  dueAt: number;
  /** Whether something is wrong that may be mended where it is not seen. */
  isTroubled: boolean;
}

const POLL_MS = 2_000;
/** Of a node that is fetching the chain, or does not answer, less is to be learnt. */
const SLOW_POLL_MS = 5_000;
const SWEEP_MS = 60_000;

/** Brings about BitcoinNodes, and tells how they are. */
export class NodeReconciler implements Reconciler<BitcoinNode> {
  readonly resource = NODE;
  /** Watching its Secrets would take the right to read all of them; the next sweep puts one back that somebody changed. */
  readonly owns = CHILD_KINDS.filter(({ kind }) => kind !== SECRET.kind);
  readonly #images: NodeImages;
  readonly #pollMs: number;
  readonly #sweepMs: number;
  readonly #memories = new Map<string, Memory>();

  constructor({ images = {}, pollMs = POLL_MS, sweepMs = SWEEP_MS }: NodeReconcilerOptions = {}) {
    this.#images = images;
    this.#pollMs = pollMs;
    this.#sweepMs = sweepMs;
  }

  async reconcile(node: BitcoinNode, context: ReconcileContext): Promise<ReconcileResult> {
    // What it has goes with it.
    if (node.metadata.deletionTimestamp !== undefined) return {};
    const memory = await this.#remembered(node, context);
    const observation = (await memory.probe?.observe(context.now(), context.signal)) ?? null;
    const situation = { node, children: memory.children, observation, now: context.now() };
    const status = nodeStatus(situation);
    await this.#write(node, status, context);
    memory.isTroubled = memory.children.obstacle !== null || observation?.silence?.reason === 'AuthFailed';
    const isAtTip = observation?.silence === null && status.chain?.initialBlockDownload === false;
    const requeueAfterMs = isAtTip ? this.#pollMs : SLOW_POLL_MS;
    memory.dueAt = context.now() + requeueAfterMs;
    return { requeueAfterMs };
  }

  forget(key: Key): void {
    this.#memories.delete(keyText(key));
  }

  /** Called before its time, something has changed: then, and now and then, all is applied. Else the node is only asked. */
  async #remembered(node: BitcoinNode, context: ReconcileContext): Promise<Memory> {
    const key = keyText(keyOf(node));
    const known = this.#memories.get(key);
    const now = context.now();
    const isQuiet = known !== undefined && now >= known.dueAt && now < known.sweptAt + this.#sweepMs;
    if (isQuiet && !known.isTroubled) return known;
    const applied = await applyNode(context.cluster, node, this.#images);
    const probe = await this.#probe(node, applied, context);
    const memory = { children: applied.children, probe, sweptAt: now, dueAt: now, isTroubled: false };
    this.#memories.set(key, memory);
    return memory;
  }

  async #probe(node: BitcoinNode, { login }: AppliedNode, { cluster }: ReconcileContext): Promise<NodeProbe | null> {
    const isStopped = node.spec.external === undefined && node.spec.desiredState === 'Stopped';
    if (login === null || isStopped) return null;
    const references = await findReferences(cluster, node);
    return new NodeProbe({ rpc: rpcAt(nodeUrl(node), login), references, splitDepth: node.spec.sync.splitDepth });
  }

  async #write(
    node: BitcoinNode,
    status: BitcoinNodeStatus,
    { cluster, events, now }: ReconcileContext,
  ): Promise<void> {
    if (!isDue(node.status, status, now())) return;
    await cluster.applyStatus({ ...node, status });
    announceNode(events, node, status.conditions ?? []);
  }
}
