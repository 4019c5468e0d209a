import { createHash } from 'node:crypto';
import { compareBytes } from '../../src/chain/bytes.ts';
import type { OnExisting, PageDatabase } from '../../src/store/mongo/paged-transactions.ts';
import { storedRowAt } from '../../src/store/packed-rows.ts';
import {
  type Batch,
  type JointReadOptions,
  type LookUp,
  type LookUpResult,
  PAGE_BYTES,
  type PackedRows,
  type Page,
  ReadingStore,
  type ReadResult,
  type Row,
  type StateRecord,
  type Table,
} from '../../src/store/store.ts';

/** The tables whose rows are spread over all shards, by a hashed `_id` (docs/scaling.md). The others stay on the first shard. */
export const SHARDED_TABLES: ReadonlySet<Table> = new Set(['transactionPages', 'payloads', 'runPages']);

/** What a read asked of the shards. */
export interface ShardsAsked {
  readonly table: Table | 'state';
  readonly keys: number;
  /** Ranges that were read. */
  readonly ranges: number;
  /** The numbers of the shards that were asked. */
  readonly shards: readonly number[];
}

/**
 * Spreads rows over databases as a router of MongoDB (mongos) does with collections that are sharded by a hashed `_id`: it
 * knows no more than the shard key of each table, asks the shards that may have a row, and merges their answers.
 */
export class ShardedStore extends ReadingStore implements PageDatabase {
  readonly #shards: readonly PageDatabase[];
  readonly #onAsk: (asked: ShardsAsked) => void;

  /** @param onAsk called for each look-up, and for each read of the state [none] */
  constructor(shards: readonly PageDatabase[], onAsk: (asked: ShardsAsked) => void = () => {}) {
    super();
    this.#shards = shards;
    this.#onAsk = onAsk;
  }

  /** One look-up after the other, because a later one must not be read earlier on any shard. */
  async read(
    lookUps: readonly LookUp[],
    { withState = false, ...options }: JointReadOptions = {},
  ): Promise<ReadResult> {
    const found: LookUpResult[] = [];
    for (const lookUp of lookUps) found.push(await this.#lookUp(lookUp, options));
    return { found, state: withState ? await this.readState() : null };
  }

  async write(batch: Batch, onExisting?: OnExisting): Promise<Batch> {
    await Promise.all(this.#partsOf(batch).map((part, shard) => this.#shards[shard]!.write(part, onExisting)));
    return batch;
  }

  exchange(table: Table, before: PackedRows, after: PackedRows): Promise<boolean> {
    return this.#shards[this.#shardOf(table, storedRowAt(before, 0).key)]!.exchange(table, before, after);
  }

  async replace(batch: Batch): Promise<void> {
    await Promise.all(this.#partsOf(batch).map((part, shard) => this.#shards[shard]!.replace(part)));
  }

  async remove(table: Table, keys: readonly Uint8Array[]): Promise<void> {
    await Promise.all(
      this.#shards.map((shard, i) => {
        const own = keys.filter((key) => this.#shardOf(table, key) === i);
        return own.length === 0 ? undefined : shard.remove(table, own);
      }),
    );
  }

  readState(): Promise<StateRecord | null> {
    this.#onAsk({ table: 'state', keys: 1, ranges: 0, shards: [0] });
    return this.#first.readState();
  }

  compareAndSetState(expectedRevision: number, value: Uint8Array): Promise<boolean> {
    return this.#first.compareAndSetState(expectedRevision, value);
  }

  now(): Promise<number> {
    return this.#first.now();
  }

  async close(): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.close()));
  }

  get #first(): PageDatabase {
    return this.#shards[0]!;
  }

  #shardOf(table: Table, key: Uint8Array): number {
    return SHARDED_TABLES.has(table) ? shardOf(key, this.#shards.length) : 0;
  }

  async #lookUp(lookUp: LookUp, options: JointReadOptions): Promise<LookUpResult> {
    const { table, keys, ranges } = lookUp;
    const places = keys.map((key) => this.#shardOf(table, key));
    const isInPart = (shard: number) => ranges.length > 0 && (shard === 0 || SHARDED_TABLES.has(table));
    const asked = [...this.#shards.keys()].filter((shard) => places.includes(shard) || isInPart(shard));
    this.#onAsk({ table, keys: keys.length, ranges: ranges.length, shards: asked });
    const answers = await Promise.all(
      asked.map(async (shard) => {
        const own = { keys: keys.filter((_, i) => places[i] === shard), ranges: isInPart(shard) ? ranges : [] };
        const { found } = await this.#shards[shard]!.read([{ ...lookUp, ...own }], options);
        return [shard, { values: found[0]!.values.values(), pages: found[0]!.pages }] as const;
      }),
    );
    const byShard = new Map(answers);
    return {
      values: places.map((shard) => byShard.get(shard)!.values.next().value ?? null),
      pages: ranges.map((_, i) =>
        mergedPage(
          answers.flatMap(([, { pages }]) => pages[i] ?? []),
          lookUp,
        ),
      ),
    };
  }

  /** The rows of each shard: the same bytes, and the numbers of its rows. */
  #partsOf(batch: Batch): Batch[] {
    return this.#shards.map((_, shard) => {
      const own = Array.from(batch, ([table, rows]) => {
        const order = rows.order.filter((_, place) => this.#shardOf(table, storedRowAt(rows, place).key) === shard);
        return [table, { ...rows, order }] as const;
      });
      return new Map<Table, PackedRows>(own.filter(([, { order }]) => order.length > 0));
    });
  }
}

/** One page of the same range on several shards, cut where the first of them was cut. */
function mergedPage(pages: readonly Page[], { limit, reverse }: LookUp): Page {
  const direction = reverse ? -1 : 1;
  const compare = (a: Uint8Array, b: Uint8Array) => direction * compareBytes(a, b);
  const [cut] = pages
    .filter(({ more }) => more)
    .map(({ rows }) => rows.at(-1)!.key)
    .sort(compare);
  const all = pages.flatMap(({ rows }) => rows).sort((a, b) => compare(a.key, b.key));
  const rows: Row[] = [];
  let bytes = 0;
  for (const row of all) {
    bytes += row.value.length;
    const isFull = rows.length === limit || (rows.length > 0 && bytes > PAGE_BYTES);
    if (isFull || (cut !== undefined && compare(row.key, cut) > 0)) return { rows, more: true };
    rows.push(row);
  }
  return { rows, more: cut !== undefined };
}

const HASHES = 64n;
/** Where binary values stand in the order of BSON types. */
const BINARY = 30;

/** The shard of a key: the hashes are divided evenly, as they are when an empty collection is sharded. */
export function shardOf(key: Uint8Array, shards: number): number {
  const head = new DataView(new ArrayBuffer(5));
  head.setUint32(0, key.length, true);
  const hash = hashOf(BINARY, Buffer.concat([new Uint8Array(head.buffer), key]));
  return Number(((hash + (1n << (HASHES - 1n))) * BigInt(shards)) >> HASHES);
}

/**
 * The hash by which MongoDB shards a value (its src/mongo/db/hasher.cpp; `convertShardKeyToHashed` in its shell).
 * @param type its place in the order of BSON types
 * @param value as in BSON
 */
export function hashOf(type: number, value: Uint8Array): bigint {
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(4, type, true);
  return createHash('md5').update(new Uint8Array(head.buffer)).update(value).digest().readBigInt64LE();
}
