import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { BitqlError } from '../../src/errors.ts';
import type { BlockPart } from '../blocks/parts.ts';
import type { ChainNode } from '../node/node.ts';
import type { SpentOutputs } from './spent-outputs.ts';

type Lists = AsyncIterator<readonly SpentOutput[]>;

interface BlockReading {
  readonly hash: string;
  readonly lists: Lists;
  /** The place in the block of the next list. */
  next: number;
}

/** What the node says that blocks spend. Where a block comes in parts, it is read along with them, once. */
export class NodeSpentOutputs {
  readonly #node: Pick<ChainNode, 'spentOutputs'>;
  #reading: BlockReading | null = null;
  /** Parts of one block are served one behind the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(node: Pick<ChainNode, 'spentOutputs'>) {
    this.#node = node;
  }

  /** Fills in, in place, what is not known. False where the node cannot say. */
  fill(part: BlockPart, spent: SpentOutputs): Promise<boolean> {
    if (part.transactions.length === part.transactionCount) return this.#fillWhole(part, spent);
    const filled = this.#turn.then(() => this.#fillPart(part, spent));
    this.#turn = filled.catch(() => {});
    return filled;
  }

  /** Closes what was left in the middle of a block. */
  async close(): Promise<void> {
    await this.#reading?.lists.return?.();
    this.#reading = null;
  }

  async #fillWhole(part: BlockPart, spent: SpentOutputs): Promise<boolean> {
    const reading = await this.#open(part.block.hash);
    return reading !== null && (await read(reading, part, spent));
  }

  async #fillPart(part: BlockPart, spent: SpentOutputs): Promise<boolean> {
    const { hash } = part.block;
    if (this.#reading?.hash !== hash || this.#reading.next > part.first) {
      await this.close();
      this.#reading = await this.#open(hash);
    }
    if (this.#reading === null) return false;
    const filled = await read(this.#reading, part, spent);
    if (part.isLast) this.#reading = null;
    return filled;
  }

  async #open(hash: string): Promise<BlockReading | null> {
    const lists = await this.#node.spentOutputs(hash);
    return lists === null ? null : { hash, lists: lists[Symbol.asyncIterator](), next: 0 };
  }
}

/** Reads on to the end of the part; of the last one to the end of all, where the node's own checks are. */
async function read(reading: BlockReading, { first, isLast }: BlockPart, spent: SpentOutputs): Promise<true> {
  const end = first + spent.length;
  while (reading.next < end || isLast) {
    const { done, value: outputs } = await reading.lists.next();
    if (done) break;
    spent[reading.next - first]?.forEach((output, i, own) => {
      own[i] = output ?? outputs[i] ?? null;
    });
    reading.next += 1;
  }
  if (reading.next === end) return true;
  throw new BitqlError(
    'NODE_REFUSED',
    `The node reported the spent outputs of ${reading.next} transactions for block ${reading.hash}, which has a different number of them.`,
  );
}
