import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { BlockRows, RowGroup } from '../indexer/rows/rows.ts';
import { parseBlock } from '../src/chain/block.ts';
import { hashToHex } from '../src/chain/bytes.ts';
import { isNetworkId, type Network, networkById } from '../src/chain/networks.ts';
import { packagePath } from '../src/package-root.ts';
import { rowsOf } from '../src/store/packed-rows.ts';
import { FAMILY_NAMES, familyOf, KIND_NAMES, POSTING_KINDS, type PostingFamily } from '../src/store/postings.ts';
import { SqliteStore } from '../src/store/sqlite/sqlite-store.ts';
import { rounded } from './times.ts';

export const OPTIONS = {
  /** Files with raw blocks, separated by commas. */
  blocks: { type: 'string', default: packagePath('assets', 'mainnet-357238.block') },
  network: { type: 'string', default: 'btc-mainnet' },
  /** How many times the blocks are written, at heights of their own. */
  copies: { type: 'string', default: '20' },
} as const;

interface Cost {
  readonly transactions: number;
  /** Postings of the families, for each 1,000 transactions. */
  readonly rows_of_1000: number;
  /** Processor time for making all rows of blocks, in microseconds a transaction. */
  readonly rows_us: number;
  /** Processor time for parsing, making and writing them, in all threads. */
  readonly all_us: number;
  readonly mib_on_disk: number;
}

/** Writes the same blocks with no family of postings, with each of them, and with all: what these cost in rows, time and disk. */
export async function main(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (!isNetworkId(values.network)) throw new Error(`no network ${values.network}`);
  const network = networkById(values.network);
  const blocks = values.blocks.split(',').map((file) => new Uint8Array(readFileSync(file)));
  const sets: readonly (readonly PostingFamily[])[] = [[], ...FAMILY_NAMES.map((name) => [name]), FAMILY_NAMES];
  const results: Record<string, Cost> = {};
  await measure(blocks, [], network, 2);
  for (const families of sets) {
    results[families.join('+') || 'none'] = await measure(blocks, families, network, Number(values.copies));
  }
  console.table(results);
  console.log(JSON.stringify({ bench: 'families', network: network.id, results }));
}

async function measure(
  blocks: readonly Uint8Array[],
  families: readonly PostingFamily[],
  network: Network,
  copies: number,
): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'bitql-bench-'));
  const store = await SqliteStore.open(join(folder, 'chain.db'), { cacheMiB: 256 });
  const context = { network, families: new Set(families), firstSeen: () => null };
  let [transactions, rows, made] = [0, 0, 0];
  const cpu = process.cpuUsage();
  for (let height = 0; height < copies * blocks.length; height++) {
    const { header, transactions: all, size } = parseBlock(blocks[height % blocks.length]!, network);
    const block = { height, fork: 0, header, hash: hashToHex(header.hash) };
    const part = { block, transactionCount: all.length, first: 0, transactions: all, size, isLast: true, pages: [] };
    const spent = all.map(({ inputs }) => inputs.map(() => null));
    const begun = process.threadCpuUsage();
    const group = new RowGroup();
    new BlockRows(block, all.length, context).add(part, spent, group);
    const batch = group.finish();
    made += sum(process.threadCpuUsage(begun));
    rows += rowsOf(batch.get('postings')!).filter(({ key }) => FAMILY_TAGS.has(key[0]!)).length;
    await store.write(batch);
    transactions += all.length;
  }
  await store.close();
  const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
  rmSync(folder, { recursive: true });
  return {
    transactions,
    rows_of_1000: rounded((1_000 * rows) / transactions),
    rows_us: rounded(made / transactions),
    all_us: rounded(sum(process.cpuUsage(cpu)) / transactions),
    mib_on_disk: rounded(bytes / 1024 / 1024),
  };
}

function sum({ user, system }: NodeJS.CpuUsage): number {
  return user + system;
}

const FAMILY_TAGS: ReadonlySet<number> = new Set(
  KIND_NAMES.filter((kind) => familyOf(kind) !== null).map((kind) => POSTING_KINDS[kind].tag),
);
