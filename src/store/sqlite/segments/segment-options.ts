/** How postings are cut into segments. */
export interface SegmentOptions {
  /** A segment that takes writes is closed when it has this many rows. */
  readonly rows: number;
  /** This many closed segments of a level are merged into one of the next. */
  readonly fanout: number;
  /** The most rows that one step of a merge moves. */
  readonly sliceRows: number;
}

export const SEGMENTS: SegmentOptions = { rows: 1_000_000, fanout: 4, sliceRows: 20_000 };
