import type { KeyRange } from './store.ts';

/**
 * The place of a confirmed transaction: 8 bytes, big-endian: height (3), fork (1), index in the block (4).
 *
 * The fork is the ordinal of the block among the blocks known at its height, so rows of different blocks never share
 * a key. Positions compare as bytes in chain order. The position of an unconfirmed transaction is the number of its arrival
 * (commit-number.ts), which sorts after all of these.
 */
export interface Position {
  readonly height: number;
  readonly fork: number;
  readonly index: number;
}

export const POSITION_LENGTH = 8;
export const MAX_HEIGHT = 0x7f_ffff;
export const MAX_FORK = 0xff;
export const MAX_INDEX = 0xffff_ffff;

export function encodePosition({ height, fork, index }: Position): Uint8Array {
  const bytes = new Uint8Array(POSITION_LENGTH);
  putU32(bytes, 0, (height << 8) | fork);
  putU32(bytes, 4, index);
  return bytes;
}

/** Big-endian; several times faster than a DataView. */
function putU32(bytes: Uint8Array, at: number, value: number): void {
  for (let i = 0; i < 4; i++) bytes[at + i] = value >>> (24 - 8 * i);
}

/** Reads the position in the last 8 bytes of a key. */
export function decodePosition(key: Uint8Array): Position {
  const at = key.length - POSITION_LENGTH;
  const block = u32beAt(key, at);
  return { height: block >>> 8, fork: block & 0xff, index: u32beAt(key, at + 4) };
}

/** Big-endian, as {@link putU32}. */
function u32beAt(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The key of a block: height (3), fork (1). */
export function blockKey(height: number, fork: number): Uint8Array {
  return encodePosition({ height, fork, index: 0 }).subarray(0, 4);
}

/** The key of one page of a block's transaction ids: height (3), fork (1), page (4). */
export function pageKey(height: number, fork: number, page: number): Uint8Array {
  return encodePosition({ height, fork, index: page });
}

/** The key of one piece of a large transaction record: position (8), piece (4). */
export function pieceKey(position: Uint8Array, piece: number): Uint8Array {
  const key = new Uint8Array(POSITION_LENGTH + 4);
  key.set(position);
  new DataView(key.buffer).setUint32(POSITION_LENGTH, piece);
  return key;
}

/** All positions from the first transaction of one height to the last of another, both inclusive, on every fork. */
export function heightRange(from: number, to: number): KeyRange {
  return {
    min: encodePosition({ height: from, fork: 0, index: 0 }),
    max: encodePosition({ height: to, fork: MAX_FORK, index: MAX_INDEX }),
  };
}

/**
 * All rows of blocks from one height to another, both inclusive, on every fork.
 * @param length of the keys of their table, which begin with a height and a fork
 */
export function rowsOfHeights([from, to]: readonly [number, number], length: number): KeyRange {
  const min = new Uint8Array(length);
  const max = new Uint8Array(length).fill(0xff);
  min.set(blockKey(from, 0));
  max.set(blockKey(to, MAX_FORK));
  return { min, max };
}

/** How far apart two positions are. Only of use to compare: any transaction of another block is further away than one of the same. */
export function distanceOf(a: Uint8Array, b: Uint8Array): number {
  const [one, other] = [decodePosition(a), decodePosition(b)];
  const blocks = (one.height - other.height) * (MAX_FORK + 1) + one.fork - other.fork;
  return Math.abs(blocks * (MAX_INDEX + 1) + one.index - other.index);
}

/** Chain order: negative if `a` comes before `b`. For so few bytes, a call into the engine takes longer. */
export function comparePositions(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < POSITION_LENGTH; i++) {
    const difference = a[i]! - b[i]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The next position in the direction of the scan; null after the last one. */
export function neighbour(position: Uint8Array, reverse: boolean): Uint8Array | null {
  const bytes = position.slice();
  for (let i = POSITION_LENGTH - 1; i >= 0; i--) {
    const next = bytes[i]! + (reverse ? -1 : 1);
    bytes[i] = next;
    if (next >= 0 && next <= 0xff) return bytes;
  }
  return null;
}
