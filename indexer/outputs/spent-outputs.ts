import type { SpentOutput } from '../../src/chain/inputs-outputs.ts';
import { BitqlError } from '../../src/errors.ts';
import type { BlockPart } from '../blocks/parts.ts';
import type { ChainNode } from '../node/node.ts';

/** For each transaction of a part, the outputs that it spends, in input order; null for an unknown one. */
export type SpentOutputs = (SpentOutput | null)[][];

/** Whether all of them are known. */
export function isComplete(spent: SpentOutputs): boolean {
  return !spent.some((outputs) => outputs.includes(null));
}

type Lists = AsyncIterator<readonly SpentOutput[]>;

interface BlockReading {
  readonly hash: string;
  readonly lists: Lists;
  /** Index in the block of the next list. */
  next: number;
}

/** Reads spent outputs from the node. If a block comes in parts, they are read along with these, once. */
export class NodeSpentOutputs {
  readonly #node: Pick<ChainNode, 'spentOutputs'>;
  #reading: BlockReading | null = null;
  /** Parts of one block are filled one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(node: Pick<ChainNode, 'spentOutputs'>) {
    this.#node = node;
  }

  /** Fills in unknown outputs in place. Returns false if the node does not know them. */
  fill(part: BlockPart, spent: SpentOutputs): Promise<boolean> {
    if (part.transactions.length === part.transactionCount) return this.#fillWhole(part, spent);
    const filled = this.#turn.then(() => this.#fillPart(part, spent));
    this.#turn = filled.catch(() => {});
    return filled;
  }

  /** Closes a block that was read in part. */
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

/**
 * Reads up to the end of the part. For the last part it reads to the end of all lists, because the node's own checks
 * are there.
 */
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

/** A block with a spent output that cannot be found. Its hash is in display-order hex. */
interface NamedBlock {
  readonly hash: string;
}

/** @throws NODE_REFUSED always: the store need not have the output, and the node does not return it */
export function nodeLacksOutputs({ hash }: NamedBlock): never {
  throw new BitqlError(
    'NODE_REFUSED',
    `The node cannot report the outputs that block ${hash} spends. That takes getblock with verbosity 3, REST spenttxouts, or ` +
      '-txindex. Use such a node, or its block files (--blocks), or a new store without --from tip.',
  );
}

/** @throws STORE_DAMAGED always: the store holds the chain from the start, so it must have the output */
export function storeLacksOutputs({ hash }: NamedBlock): never {
  throw new BitqlError(
    'STORE_DAMAGED',
    `The store lacks an output that block ${hash} spends, although it has the chain from the start: index into a new store.`,
  );
}
