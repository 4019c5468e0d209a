/**
 * Numbers commits, and the transactions that arrive with them, across all writers: the writer's epoch and a counter. A
 * commit advances the counter by one for each transaction that arrives with it, then by one for itself.
 */
export interface CommitNumber {
  readonly epoch: number;
  readonly counter: number;
}

export const COMMIT_NUMBER_LENGTH = 8;
/** The first bit of a commit number. No position in a block has it, so arrivals sort after all blocks. */
const MARK = 0x80;
const MAX_EPOCH = 0x7f_ffff;
const MAX_COUNTER = 2 ** 40 - 1;
const TWO_32 = 2 ** 32;

/** 8 bytes, big-endian: a set bit, epoch (23 bits), counter (40 bits). */
export function encodeCommitNumber({ epoch, counter }: CommitNumber): Uint8Array {
  if (epoch > MAX_EPOCH || counter > MAX_COUNTER) throw new RangeError(`no room for commit ${epoch}.${counter}`);
  const bytes = new Uint8Array(COMMIT_NUMBER_LENGTH);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, (epoch << 8) | Math.floor(counter / TWO_32));
  view.setUint32(4, counter % TWO_32);
  bytes[0]! |= MARK;
  return bytes;
}

/** Reads the commit number at the beginning of some bytes. */
export function decodeCommitNumber(bytes: Uint8Array): CommitNumber {
  const view = new DataView(bytes.buffer, bytes.byteOffset, COMMIT_NUMBER_LENGTH);
  const upper = view.getUint32(0);
  return { epoch: (upper >>> 8) & MAX_EPOCH, counter: (upper & 0xff) * TWO_32 + view.getUint32(4) };
}

/** Negative if `a` comes first. */
export function compareCommitNumbers(a: CommitNumber, b: CommitNumber): number {
  return a.epoch - b.epoch || a.counter - b.counter;
}

/** Whether a transaction's position is the number of its arrival, so that it is in no block. @param at where it begins in the bytes */
export function isArrival(bytes: Uint8Array, at = 0): boolean {
  return bytes[at]! >= MARK;
}
