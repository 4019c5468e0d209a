import type {
  JointReadOptions,
  KeyRange,
  LookUp,
  Page,
  ReadOptions,
  ReadResult,
  ReadStore,
  ScanOptions,
  StateRecord,
  Table,
} from './store.ts';

/** What reads of one table are, where several can be read at once. */
export abstract class ReadingStore implements ReadStore {
  abstract read(lookUps: readonly LookUp[], options?: JointReadOptions): Promise<ReadResult>;
  abstract readState(): Promise<StateRecord | null>;

  async get(table: Table, keys: readonly Uint8Array[], options?: ReadOptions): Promise<(Uint8Array | null)[]> {
    const { found } = await this.read([{ table, keys, ranges: [], limit: 0, reverse: false }], options);
    return found[0]!.values;
  }

  async scan(table: Table, ranges: readonly KeyRange[], options: ScanOptions): Promise<Page[]> {
    const { limit, reverse = false, isSparse: _, ...others } = options;
    const { found } = await this.read([{ table, keys: [], ranges, limit, reverse }], others);
    return found[0]!.pages;
  }
}
