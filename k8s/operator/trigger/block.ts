/** A block as its header tells it. */
export interface Block {
  /** As explorers show it. */
  readonly hash: string;
  readonly height: number;
  /** Seconds since 1970, as the miner claims. */
  readonly time: number;
  /** An empty text for the first block. */
  readonly previousHash: string;
}

/** A place on a chain: a block up to which all is done. */
export type Cursor = Pick<Block, 'hash' | 'height'>;
