import type { ByteWriter } from '../chain/byte-writer.ts';
import { ByteReader, hashFromHex, hashToHex } from '../chain/bytes.ts';
import { COMMIT_NUMBER_LENGTH, type CommitNumber, decodeCommitNumber, encodeCommitNumber } from './commit-number.ts';
import { REMOVAL_REASONS, type RemovalReason } from './departures.ts';

/** A change that a commit made. Hashes and txids are in display-order hex. */
export type ChainEvent = BlockEvent | AcceptedEvent | DoubleSpentEvent | RemovedEvent;

/** A block was connected to the main chain with all its transactions, or disconnected from it. */
export interface BlockEvent {
  readonly kind: 'connected' | 'disconnected';
  readonly height: number;
  readonly fork: number;
  readonly hash: string;
}

/** A transaction became pending. */
export interface AcceptedEvent {
  readonly kind: 'accepted';
  readonly arrival: CommitNumber;
  readonly txid: string;
  readonly keys: readonly Uint8Array[];
}

/** The node has seen another transaction that spends the same output as a pending one (BCHN: double-spend proofs). */
export interface DoubleSpentEvent {
  readonly kind: 'doubleSpent';
  readonly arrival: CommitNumber;
  readonly txid: string;
  /** The other transaction; null if the node does not report it. */
  readonly by: string | null;
  readonly keys: readonly Uint8Array[];
}

/** A transaction is no longer pending and not in a block of the main chain. */
export interface RemovedEvent {
  readonly kind: 'removed';
  readonly arrival: CommitNumber;
  readonly txid: string;
  readonly reason: RemovalReason;
  /** The transaction that replaced it or conflicts with it. */
  readonly by: string | null;
  readonly keys: readonly Uint8Array[];
}

const TAGS = { connected: 1, disconnected: 2, accepted: 3, removed: 4, doubleSpent: 5 } as const;
const HASH = 32;

/**
 * Layout: tag (1). For a block: height (3), fork (1), hash (32). For a transaction: arrival (8), txid (32); if removed, reason (1);
 * unless accepted, whether there is another transaction (1) and its txid (32); the number of keys, and each with its length.
 * The keys are those of `matchKeys`.
 */
export function writeEvent(event: ChainEvent, writer: ByteWriter): void {
  writer.u8(TAGS[event.kind]);
  if (isBlockEvent(event)) writer.u32be((event.height << 8) | event.fork).bytes(hashFromHex(event.hash));
  else writeTransactionEvent(event, writer);
}

function writeTransactionEvent(event: Exclude<ChainEvent, BlockEvent>, writer: ByteWriter): void {
  writer.bytes(encodeCommitNumber(event.arrival)).bytes(hashFromHex(event.txid));
  if (event.kind === 'removed') writer.u8(REMOVAL_REASONS.indexOf(event.reason));
  if (event.kind !== 'accepted') {
    writer.u8(event.by === null ? 0 : 1);
    if (event.by !== null) writer.bytes(hashFromHex(event.by));
  }
  writer.compactSize(event.keys.length);
  for (const key of event.keys) writer.compactSize(key.length).bytes(key);
}

export function isBlockEvent(event: ChainEvent): event is BlockEvent {
  return event.kind === 'connected' || event.kind === 'disconnected';
}

/** The events of one row. */
export function decodeEvents(bytes: Uint8Array): ChainEvent[] {
  const reader = new ByteReader(bytes);
  const events: ChainEvent[] = [];
  while (reader.remaining > 0) events.push(readEvent(reader));
  return events;
}

function readEvent(reader: ByteReader): ChainEvent {
  const tag = reader.u8();
  if (tag === TAGS.connected || tag === TAGS.disconnected) {
    const [a, b, c, fork] = reader.bytes(4);
    const height = (a! << 16) | (b! << 8) | c!;
    const kind = tag === TAGS.connected ? 'connected' : 'disconnected';
    return { kind, height, fork: fork!, hash: hashToHex(reader.bytes(HASH)) };
  }
  const arrival = decodeCommitNumber(reader.bytes(COMMIT_NUMBER_LENGTH));
  const txid = hashToHex(reader.bytes(HASH));
  if (tag === TAGS.accepted) return { kind: 'accepted', arrival, txid, keys: readKeys(reader) };
  const reason = tag === TAGS.removed ? (REMOVAL_REASONS[reader.u8()] ?? 'unknown') : null;
  const by = reader.u8() === 0 ? null : hashToHex(reader.bytes(HASH));
  const keys = readKeys(reader);
  if (reason === null) return { kind: 'doubleSpent', arrival, txid, by, keys };
  return { kind: 'removed', arrival, txid, reason, by, keys };
}

function readKeys(reader: ByteReader): Uint8Array[] {
  return Array.from({ length: reader.compactSize() }, () => reader.bytes(reader.compactSize()));
}
