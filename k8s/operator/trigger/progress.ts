import type { BlockTriggerStatus } from '../../api/block-trigger.ts';
import type { Cursor } from './block.ts';
import type { Child } from './children.ts';
import type { Occurrence } from './occurrence.ts';

/** How far a trigger is. All that it must remember is here, and so in its status: whoever goes on from it repeats nothing. */
export interface Progress {
  /** Up to where the chain is followed; null in front of the first block. */
  readonly cursor: Cursor | null;
  /** When something was handled last, as RFC 3339 has it. */
  readonly time: string;
  /** What was handled, newest first. */
  readonly recent: NonNullable<BlockTriggerStatus['recent']>;
  readonly created: number;
  readonly skipped: number;
  readonly orphaned: number;
}

export type Counts = Pick<Progress, 'created' | 'skipped' | 'orphaned'>;

/** A reorganisation of more blocks than that, which then comes back, is more than is remembered. */
const REMEMBERED = 256;

/** Null for a trigger that has not begun. */
export function progressOf(status: BlockTriggerStatus | undefined): Progress | null {
  if (status?.handled === undefined) return null;
  const { handled, recent = [], created = 0, skipped = 0, orphaned = 0 } = status;
  const cursor = { hash: handled.hash, height: handled.height };
  return { cursor, time: handled.time, recent, created, skipped, orphaned };
}

export function progressAt(cursor: Cursor | null, time: string): Progress {
  return { cursor, time, recent: [], created: 0, skipped: 0, orphaned: 0 };
}

export function isHandled({ recent }: Progress, key: string): boolean {
  return recent.some((handled) => handled.key === key);
}

/** After an occurrence was handled, or was before. */
export function withHandled(progress: Progress, { key, block }: Occurrence, counts: Counts, time: string): Progress {
  const recent = isHandled(progress, key) ? progress.recent : [{ key, height: block.height }, ...progress.recent];
  return { ...counted(progress, counts), recent: recent.slice(0, REMEMBERED), time };
}

export function counted(progress: Progress, { created, skipped, orphaned }: Counts): Progress {
  return {
    ...progress,
    created: progress.created + created,
    skipped: progress.skipped + skipped,
    orphaned: progress.orphaned + orphaned,
  };
}

export function statusOfProgress(progress: Progress): BlockTriggerStatus {
  const { cursor, time, recent, created, skipped, orphaned } = progress;
  return { ...(cursor && { handled: { ...cursor, time } }), recent, created, skipped, orphaned };
}

/** After the blocks of these children are given up: they count as handled, also where not all was made for them. */
export function withGivenUp(progress: Progress, children: readonly Child[]): Progress {
  const fresh = children.filter(({ key }) => !isHandled(progress, key));
  const keys = new Map(fresh.map(({ key, height }) => [key, { key, height }]));
  return { ...progress, recent: [...keys.values(), ...progress.recent].slice(0, REMEMBERED) };
}

/** Whether what a child was made for will not be handled again, so that the child is not needed as proof. */
export function isBehind({ cursor, recent }: Progress, { key, height }: Child): boolean {
  if (recent.some((handled) => handled.key === key)) return true;
  // More has been handled since than is remembered.
  return recent.length === REMEMBERED && cursor !== null && height + REMEMBERED < cursor.height;
}
