import type { BlockInfo, Chain, ChainCursor, MainTip } from '../../../../k8s/operator/trigger/chain.ts';

/** A tree of blocks with a main chain, which may change before every call. */
export class ModelChain implements Chain {
  readonly #blocks = new Map<string, BlockInfo>();
  #main: BlockInfo[] = [];
  /** Called before each call. */
  beforeCall: () => void = () => {};
  isCatchingUp = false;

  constructor() {
    this.#main = [this.#mined(undefined)];
  }

  get height(): number {
    return this.#main.length - 1;
  }

  get main(): readonly BlockInfo[] {
    return this.#main;
  }

  extend(count: number): void {
    for (let n = 0; n < count; n++) this.#main.push(this.#mined(this.#main.at(-1)));
  }

  /** Replaces the last blocks by a branch with one more. */
  reorg(depth: number): void {
    const kept = Math.max(1, this.#main.length - depth);
    const length = this.#main.length;
    this.#main = this.#main.slice(0, kept);
    this.extend(length + 1 - kept);
  }

  /** Makes a branch that had left it the main chain again, extended until it is longer. */
  comeBack(choice: number): void {
    const stale = [...this.#blocks.values()].filter((block) => this.#main[block.height] !== block);
    if (stale.length === 0) return;
    const length = this.#main.length;
    this.#main = this.#branchOf(stale[choice % stale.length]!);
    this.extend(Math.max(0, length + 1 - this.#main.length));
  }

  async tip(): Promise<MainTip> {
    this.beforeCall();
    const { hash, height } = this.#main.at(-1)!;
    return { hash, height, isCatchingUp: this.isCatchingUp };
  }

  async block(hash: string): Promise<{ readonly block: BlockInfo; readonly isMain: boolean } | null> {
    this.beforeCall();
    const block = this.#blocks.get(hash);
    return block === undefined ? null : { block, isMain: this.#main[block.height] === block };
  }

  async stale(hashes: readonly string[]): Promise<ReadonlySet<string>> {
    this.beforeCall();
    return new Set(hashes.filter((hash) => !this.#main.some((block) => block.hash === hash)));
  }

  async above(cursor: ChainCursor | null, heights: readonly number[]): Promise<readonly BlockInfo[] | null> {
    this.beforeCall();
    if (cursor !== null && this.#main[cursor.height]?.hash !== cursor.hash) return null;
    const blocks = heights.map((height) => this.#main[height]);
    return blocks.every((block) => block !== undefined) ? blocks : null;
  }

  #branchOf(end: BlockInfo): BlockInfo[] {
    const branch: BlockInfo[] = [];
    for (let block: BlockInfo | undefined = end; block; block = this.#blocks.get(block.previousHash))
      branch.unshift(block);
    return branch;
  }

  #mined(parent: BlockInfo | undefined): BlockInfo {
    const height = parent === undefined ? 0 : parent.height + 1;
    const hash = (this.#blocks.size + 1).toString(16).padStart(64, '0');
    const block = { hash, height, time: 1_700_000_000 + this.#blocks.size, previousHash: parent?.hash ?? '' };
    this.#blocks.set(hash, block);
    return block;
  }
}
