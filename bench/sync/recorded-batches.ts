import { closeSync, openSync, readSync, writeSync } from 'node:fs';
import type { Batch, ChainStore, PackedRows, Table } from '../../src/store/store.ts';
import { boundStore } from '../../test/support/altered-store.ts';

/** The number of rows of each table. */
export type RowCounts = Record<string, number>;

const HEAD = 4;

interface Head {
  readonly table: Table;
  /** The lengths of the parts that follow, in bytes. */
  readonly bytes: number;
  readonly ends: number;
  readonly order: number;
}

/**
 * A store that also writes each batch to a file, so that the same batches can be written again.
 * @param tables those that are kept [all]; a batch without them is left out
 */
export function recording(
  store: ChainStore,
  file: string,
  tables: readonly Table[] | null = null,
): ChainStore & { finish(): RowCounts } {
  const descriptor = openSync(file, 'w');
  const counts: RowCounts = {};
  const record = (whole: Batch): void => {
    const heads: Head[] = [];
    const batch = tables === null ? whole : new Map([...whole].filter(([table]) => tables.includes(table)));
    if (batch.size === 0) return;
    for (const [table, { ends, order }] of batch) {
      counts[table] = (counts[table] ?? 0) + order.length;
      heads.push({ table, bytes: ends.at(-1) ?? 0, ends: ends.byteLength, order: order.byteLength });
    }
    const json = Buffer.from(JSON.stringify(heads));
    const length = Buffer.alloc(HEAD);
    length.writeUInt32LE(json.length);
    writeSync(descriptor, length);
    writeSync(descriptor, json);
    for (const [i, { bytes, ends, order }] of [...batch.values()].entries()) {
      writeSync(descriptor, bytes, 0, heads[i]!.bytes);
      writeSync(descriptor, ends);
      writeSync(descriptor, order);
    }
  };
  return {
    ...boundStore(store),
    async write(batch) {
      record(batch);
      return store.write(batch);
    },
    finish() {
      closeSync(descriptor);
      return counts;
    },
  };
}

/** The batches of a recording, one at a time. */
export function* recordedBatches(file: string): Generator<Batch> {
  const descriptor = openSync(file, 'r');
  try {
    for (;;) {
      const length = Buffer.alloc(HEAD);
      if (readSync(descriptor, length) === 0) return;
      const heads = JSON.parse(read(descriptor, length.readUInt32LE()).toString()) as Head[];
      yield new Map(heads.map((head) => [head.table, readRows(descriptor, head)]));
    }
  } finally {
    closeSync(descriptor);
  }
}

function readRows(descriptor: number, head: Head): PackedRows {
  const bytes = new Uint8Array(head.bytes);
  const ends = new Uint32Array(head.ends / 4);
  const order = new Uint32Array(head.order / 4);
  for (const part of [bytes, ends, order]) readSync(descriptor, part);
  return { bytes, ends, order };
}

function read(descriptor: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  readSync(descriptor, bytes);
  return bytes;
}
