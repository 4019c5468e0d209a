import { BitqlError } from '../../../src/errors.ts';
import type { BitcoinIndexStatus } from '../../api/bitcoin-index.ts';
import type { BitcoinIndex, BitcoinNode } from '../../api/kinds.ts';
import { NODE } from '../node/names.ts';
import { backoffMs } from '../runtime/backoff.ts';
import { contentOf } from '../runtime/content.ts';
import {
  DEPLOYMENT,
  HORIZONTAL_POD_AUTOSCALER,
  PERSISTENT_VOLUME_CLAIM,
  SECRET,
  STATEFUL_SET,
} from '../runtime/kinds.ts';
import type { ReconcileContext, ReconcileResult, Reconciler, Watched } from '../runtime/reconciler.ts';
import { type Key, type KubernetesObject, keyOf, keyText } from '../runtime/resource.ts';
import { announce } from './announce.ts';
import { applyChildren, CHILD_KINDS } from './children.ts';
import { desiredIndex } from './desired-index.ts';
import { findingsOf, type Situation } from './findings.ts';
import { GatewayPoll } from './gateway-poll.ts';
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
}

/** What is remembered of an index between two looks at it. */
interface Memory {
  /** Of the object: another one may have come under its name. */
  readonly uid: string | undefined;
  readonly gateways: GatewayPoll;
  /** What it was when its gateways were last asked, or could have been. */
  generation: number | undefined;
  readyGateways: number;
  /** When its status was last written, by the steady clock. */
  writtenAt: number;
  /** How often in a row something was lacking. */
  lacking: number;
}

/** What was brought about, or what kept the operator from it. */
type Outcome = Gathered & Pick<Situation, 'notServed' | 'notKnown' | 'failure'> & { readonly error: unknown };

const POLL_MS = 5_000;
/** Up to so many polls are left out where something is lacking that no watch tells of. */
const LONGEST_POLLS = 12;

/** Brings about BitcoinIndexes: indexer, gateways, a database if that is asked for, and what tells how they are. */
export class IndexReconciler implements Reconciler<BitcoinIndex> {
  readonly resource = INDEX;
  /** Secrets are not watched: whoever may watch them all may read them all. */
  readonly owns = CHILD_KINDS.filter(({ kind }) => kind !== SECRET.kind);
  readonly reads = [DEPLOYMENT, STATEFUL_SET, HORIZONTAL_POD_AUTOSCALER, PERSISTENT_VOLUME_CLAIM];
  readonly watches: readonly Watched<BitcoinIndex>[] = [
    {
      resource: NODE,
      // How far it is, indexes see when it is their time.
      isNews: (before, now) => newsOf(before) !== newsOf(now),
      keysOf: (node, indexes) =>
        indexes
          .filter(({ metadata }) => metadata.namespace === node.metadata.namespace)
          .filter(({ spec }) => spec.nodeRef.name === node.metadata.name)
          .map(keyOf),
    },
    {
      resource: PERSISTENT_VOLUME_CLAIM,
      labelSelector: 'app.kubernetes.io/name=mongodb,app.kubernetes.io/component=mongodb',
      keysOf: ({ metadata }) => {
        const name = metadata.labels?.['app.kubernetes.io/instance'];
        return name === undefined ? [] : [{ namespace: metadata.namespace ?? '', name }];
      },
    },
  ];
  readonly #image: string | null;
  readonly #pollMs: number;
  readonly #memories = new Map<string, Memory>();

  constructor({ image, pollMs = POLL_MS }: IndexReconcilerOptions) {
    this.#image = image;
    this.#pollMs = pollMs;
  }

  async reconcile(index: BitcoinIndex, context: ReconcileContext): Promise<ReconcileResult> {
    // What it has goes with it.
    if (index.metadata.deletionTimestamp !== undefined) return {};
    const memory = this.#memoryOf(index);
    const outcome = await this.#bringAbout(index, context);
    const ask = (ready: number) => {
      if (memory.generation !== index.metadata.generation || ready > memory.readyGateways) memory.gateways.hurry();
      memory.generation = index.metadata.generation;
      memory.readyGateways = ready;
      return memory.gateways.ask(context);
    };
    const observation = await observe(context.cluster, index, outcome.node, ask);
    memory.readyGateways = observation.gateway?.ready ?? 0;
    const findings = findingsOf(index, { ...outcome, observation });
    const status = statusOf(index, observation, findings, context.now());
    const waitMs = await this.#write(index, status, memory, context);
    if (outcome.error !== null) throw outcome.error;
    memory.lacking = outcome.inputs === null ? memory.lacking + 1 : 0;
    return { requeueAfterMs: memory.lacking === 0 ? waitMs : this.#lackingMs(memory) };
  }

  forget(key: Key): void {
    this.#memories.delete(keyText(key));
  }

  #memoryOf(index: BitcoinIndex): Memory {
    const key = keyText(keyOf(index));
    const { uid } = index.metadata;
    const known = this.#memories.get(key);
    if (known !== undefined && known.uid === uid) return known;
    const gateways = new GatewayPoll(index, this.#pollMs);
    const memory = { uid, gateways, generation: undefined, readyGateways: 0, writtenAt: 0, lacking: 0 };
    this.#memories.set(key, memory);
    return memory;
  }

  #lackingMs({ lacking }: Memory): number {
    return backoffMs({ firstMs: this.#pollMs, longestMs: LONGEST_POLLS * this.#pollMs }, lacking - 1);
  }

  async #bringAbout(index: BitcoinIndex, { cluster }: ReconcileContext): Promise<Outcome> {
    let found: Outcome = {
      node: null,
      lacks: [],
      inputs: null,
      notServed: [],
      notKnown: [],
      failure: null,
      error: null,
    };
    try {
      const served = await readServed(cluster);
      const gathered = await gather(cluster, index, { image: this.#image, served });
      found = { ...found, ...gathered, notServed: notServed(index, served), notKnown: notServed(index, served, null) };
      if (gathered.inputs === null) return found;
      await applyChildren(cluster, index, desiredIndex(index, gathered.inputs), served);
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
    { cluster, events, steadyNow }: ReconcileContext,
  ): Promise<number> {
    const change = changeOf(index.status, status);
    if (change === 'none') return this.#pollMs;
    const earlyMs = memory.writtenAt + this.#pollMs - steadyNow();
    if (change === 'heights' && earlyMs > 0) return earlyMs;
    await cluster.applyStatus({ ...index, status });
    memory.writtenAt = steadyNow();
    announce(events, index, status.conditions ?? []);
    return this.#pollMs;
  }
}

/** Another writer who came in between, and the end of this operator's own time, are no news of the index. */
function isWorthTelling(error: unknown): error is BitqlError {
  return error instanceof BitqlError && !['CLUSTER_CONFLICT', 'LEASE_LOST', 'TIMEOUT'].includes(error.code);
}

/** What of a node indexes are to hear of at once. */
function newsOf(object: KubernetesObject): string {
  const { conditions = [] } = (object as unknown as BitcoinNode).status ?? {};
  return JSON.stringify([contentOf(object), conditions.map(({ type, status, reason }) => [type, status, reason])]);
}
