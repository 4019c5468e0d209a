import { decodePosition, type Position } from './position.ts';
import type { BlockRef, ChainState } from './state.ts';

/**
 * What a reader sees: the rows of covered main-chain blocks up to a tip. Everything that one request reads comes
 * from one snapshot, so its parts agree whatever is committed meanwhile.
 */
export class Snapshot {
  readonly state: ChainState;
  /** Null while no block is committed: then nothing is seen. */
  readonly tip: BlockRef | null;

  private constructor(state: ChainState, tip: BlockRef | null) {
    this.state = state;
    this.tip = tip;
  }

  static latest(state: ChainState): Snapshot {
    return new Snapshot(state, state.tip);
  }

  /** The same chain as of an earlier block, which the caller knows to be on it. */
  asOf(tip: BlockRef): Snapshot {
    return new Snapshot(this.state, tip);
  }

  /** The fork of the main chain at a height. */
  mainFork(height: number): number {
    return this.state.forks[height] ?? 0;
  }

  covers(height: number): boolean {
    if (this.tip === null || height > this.tip.height) return false;
    return this.state.coverage.some(([from, to]) => from <= height && height <= to);
  }

  sees({ height, fork }: Pick<Position, 'height' | 'fork'>): boolean {
    return fork === this.mainFork(height) && this.covers(height);
  }

  /** Whether a row counts whose key ends with this position. */
  seesKey(key: Uint8Array): boolean {
    return this.sees(decodePosition(key));
  }
}
