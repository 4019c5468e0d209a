import type { ChainWriter } from '../src/store/writer.ts';
import type { Committer } from './commit.ts';
import type { FollowedNode } from './node/node.ts';
import type { StretchParts } from './stretch.ts';

/** What blocks are indexed and committed with, as long as this process is the writer of the index. */
export interface WriterContext {
  readonly writer: ChainWriter;
  readonly committer: Committer;
  /** The node as it runs; null where there are only blocks. */
  readonly live: FollowedNode | null;
  /** What stretches are indexed with. */
  readonly parts: StretchParts;
  /** Called when transactions have been written, after the commit if there was one. */
  readonly onProgress: (transactions: number) => void;
}
