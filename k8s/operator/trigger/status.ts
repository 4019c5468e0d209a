import { isDeepStrictEqual } from 'node:util';
import type { BlockTriggerStatus } from '../../api/block-trigger.ts';
import { type Finding, withFindings } from '../../api/conditions.ts';
import type { BlockTrigger } from '../../api/kinds.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import { timeText } from '../runtime/resource.ts';
import type { ChainCursor } from './chain.ts';
import type { Child } from './children.ts';
import type { Occurrence } from './occurrence.ts';

/** The progress of a trigger: everything that it must remember. It is stored in the status, so a new operator repeats nothing. */
export interface TriggerProgress {
  /** The cursor on the chain; null before the first block. */
  readonly cursor: ChainCursor | null;
  /** When something was last handled, in RFC 3339. */
  readonly time: string;
  /** What was handled, newest first. */
  readonly recent: NonNullable<BlockTriggerStatus['recent']>;
  readonly created: number;
  readonly skipped: number;
  readonly orphaned: number;
}

export type HandledCounts = Pick<TriggerProgress, 'created' | 'skipped' | 'orphaned'>;

/** If a reorganisation of more blocks than this is reversed, its blocks are handled again. */
const REMEMBERED = 256;

/** Null for a trigger that has not started. */
export function progressOf(status: BlockTriggerStatus | undefined): TriggerProgress | null {
  if (status?.handled === undefined) return null;
  const { handled, recent = [], created = 0, skipped = 0, orphaned = 0 } = status;
  const cursor = { hash: handled.hash, height: handled.height };
  return { cursor, time: handled.time, recent, created, skipped, orphaned };
}

export function progressAt(cursor: ChainCursor | null, time: string): TriggerProgress {
  return { cursor, time, recent: [], created: 0, skipped: 0, orphaned: 0 };
}

export function isHandled({ recent }: TriggerProgress, key: string): boolean {
  return recent.some((handled) => handled.key === key);
}

/** The progress after an occurrence that was just handled, or was handled before. */
export function withHandled(
  progress: TriggerProgress,
  { key, block }: Occurrence,
  counts: HandledCounts,
  time: string,
): TriggerProgress {
  const recent = isHandled(progress, key) ? progress.recent : [{ key, height: block.height }, ...progress.recent];
  return { ...withCounts(progress, counts), recent: recent.slice(0, REMEMBERED), time };
}

export function withCounts(progress: TriggerProgress, { created, skipped, orphaned }: HandledCounts): TriggerProgress {
  return {
    ...progress,
    created: progress.created + created,
    skipped: progress.skipped + skipped,
    orphaned: progress.orphaned + orphaned,
  };
}

export function statusOfProgress(progress: TriggerProgress): BlockTriggerStatus {
  const { cursor, time, recent, created, skipped, orphaned } = progress;
  return { ...(cursor && { handled: { ...cursor, time } }), recent, created, skipped, orphaned };
}

/**
 * The progress after the blocks of these children were given up: they count as handled, even if not all of their objects were
 * created.
 */
export function withGivenUp(progress: TriggerProgress, children: readonly Child[]): TriggerProgress {
  const fresh = children.filter(({ key }) => !isHandled(progress, key));
  const keys = new Map(fresh.map(({ key, height }) => [key, { key, height }]));
  return { ...progress, recent: [...keys.values(), ...progress.recent].slice(0, REMEMBERED) };
}

/** Whether the occurrence of a child cannot be handled again, so that the child is not needed as proof. */
export function isBehind({ cursor, recent }: TriggerProgress, { key, height }: Child): boolean {
  if (recent.some((handled) => handled.key === key)) return true;
  // More than the remembered number was handled since.
  return recent.length === REMEMBERED && cursor !== null && height + REMEMBERED < cursor.height;
}

const MAX_ACTIVE = 32;

/**
 * Writes the status of a trigger if it changed, and only as the next version of the one that was read. So an operator that lost
 * its lease without knowing it fails, instead of overwriting its successor's notes.
 */
export class TriggerStatusWriter {
  readonly #context: ReconcileContext;
  #written: BlockTrigger;
  #maker: { readonly active: readonly string[] } | null = null;

  constructor(trigger: BlockTrigger, context: ReconcileContext) {
    this.#written = trigger;
    this.#context = context;
  }

  /** Reports the active children of this maker from now on. */
  watch(maker: { readonly active: readonly string[] }): void {
    this.#maker = maker;
  }

  /** The children that are still running. */
  get active(): readonly string[] {
    return this.#maker?.active ?? this.#written.status?.active ?? [];
  }

  /** @param findings [the conditions stay] @throws CLUSTER_CONFLICT if somebody else wrote the object */
  async write(progress: BlockTriggerStatus, findings?: readonly Finding[]): Promise<void> {
    const before = this.#written.status;
    const { generation } = this.#written.metadata;
    const now = timeText(this.#context.now());
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
