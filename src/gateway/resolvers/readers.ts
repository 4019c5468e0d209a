import type { GraphQLResolveInfo } from 'graphql';
import { BitqlError } from '../../errors.ts';
import { type BlockChoice, readerAsOf } from '../../query/past.ts';
import type { ChainReader } from '../../query/reader.ts';
import type { BlockRef } from '../../store/state.ts';

/** Where a field is in the answer. */
type FieldPlace = Pick<GraphQLResolveInfo, 'path'>;

/**
 * The snapshots that one request reads from: that of the present, and one for each `at` at its root. Which of them a field belongs
 * to follows from its place in the answer, since what a root field selects is below its name there.
 */
export class Readers {
  readonly #open: () => Promise<ChainReader>;
  readonly #past = new Map<string, ChainReader>();
  #opening: Promise<ChainReader> | undefined;
  #present: ChainReader | undefined;

  /** @param open takes the snapshot of the present */
  constructor(open: () => Promise<ChainReader>) {
    this.#open = open;
  }

  /** The snapshot of the present, taken at the first call. @throws NOT_SYNCED, STORE_UNAVAILABLE... */
  openPresent(): Promise<ChainReader> {
    this.#opening ??= this.#open().then((reader) => {
      this.#present = reader;
      return reader;
    });
    return this.#opening;
  }

  /** A snapshot of the present that was taken elsewhere. */
  set present(reader: ChainReader) {
    this.#present = reader;
    this.#opening = Promise.resolve(reader);
  }

  /** The snapshot of the present, which is open. */
  get present(): ChainReader {
    if (this.#present === undefined) throw new Error('The snapshot of this request is not open.');
    return this.#present;
  }

  /** Makes what is below a field be read as of a block. @throws BAD_QUERY, NOT_FOUND */
  async openPast(block: BlockChoice, { path }: FieldPlace): Promise<void> {
    if (path.prev !== undefined) {
      throw new BitqlError(
        'BAD_QUERY',
        '`at` is only at the root of a query: ask for each block beside the others, with an alias.',
      );
    }
    this.#past.set(String(path.key), await readerAsOf(block, await this.openPresent()));
  }

  /** The snapshot that a field of `Query` belongs to. */
  async open(place: FieldPlace): Promise<ChainReader> {
    return this.#pastOf(place) ?? this.openPresent();
  }

  /** The snapshot that a field below `Query` belongs to: its parent was read from it. */
  of(place: FieldPlace): ChainReader {
    return this.#pastOf(place) ?? this.present;
  }

  /** The blocks of all `at`, by their names in the answer. */
  get blocks(): Readonly<Record<string, BlockRef>> {
    return Object.fromEntries(Array.from(this.#past, ([name, { snapshot }]) => [name, snapshot.tip!]));
  }

  #pastOf({ path }: FieldPlace): ChainReader | undefined {
    if (this.#past.size === 0) return undefined;
    let root = path;
    while (root.prev !== undefined) root = root.prev;
    return this.#past.get(String(root.key));
  }
}
