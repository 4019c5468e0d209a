import { writeFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { parseStoreLocation } from '../../src/store/location.ts';
import { liveSizeOf, sizeOf } from '../database/size.ts';
import { inOwnProcess } from '../own-process.ts';
import type { Databases } from './databases.ts';
import { KEPT_IN, LAYOUTS, type Layout } from './layouts.ts';
import type { LookUpOptions } from './look-up.ts';
import type { LookUpResult } from './look-up-names.ts';
import type { Figures, LayoutFigures } from './report.ts';
import { subjectsIn } from './subjects.ts';
import type { WriteOptions, WriteResult } from './write.ts';

const WRITE = new URL('./write.ts', import.meta.url);
const LOOK_UP = new URL('./look-up.ts', import.meta.url);
const MIB = 1024 * 1024;

export interface Written extends WriteResult {
  readonly diskBytes: number;
  readonly liveBytes: number;
  readonly timesTheCache: number;
  /** What else the machine did. */
  readonly load: number;
}

export interface Plan {
  /** The file with the batches. */
  readonly batches: string;
  /** For files of the bench. */
  readonly folder: string;
  /** The most rows of each layout, and the most bytes of its database; together at most. */
  readonly rows: Readonly<Record<Layout, number>>;
  readonly bytes: Readonly<Record<Layout, number>>;
  /** The most seconds for each sort of look-up. */
  readonly seconds: number;
}

/** Writes postings in both layouts, each into a database of its own, and then looks up the same ones in both. */
export async function measure(databases: Databases, plan: Plan): Promise<Figures> {
  await using stack = new AsyncDisposableStack();
  const stores = Object.fromEntries(LAYOUTS.map((layout) => [layout, stack.use(databases.create()).store]));
  const written: Partial<Record<Layout, Written>> = {};
  for (const layout of LAYOUTS) written[layout] = await write(databases, stores[layout]!, layout, plan);
  const subjects = join(plan.folder, 'subjects');
  const batches = Math.min(...LAYOUTS.map((layout) => written[layout]!.batches));
  writeFileSync(subjects, JSON.stringify(subjectsIn(plan.batches, batches)));
  const figures: Partial<Record<Layout, LayoutFigures>> = {};
  for (const layout of LAYOUTS) {
    const { cacheMiB, servers } = databases;
    const options: LookUpOptions = {
      store: stores[layout]!,
      layout,
      cacheMiB,
      servers,
      subjects,
      seconds: plan.seconds,
    };
    const lookUps = await inOwnProcess<LookUpResult>(LOOK_UP, options);
    figures[layout] = { written: written[layout]!, lookUps };
  }
  return figures as Figures;
}

async function write(
  { cacheMiB, servers, folder }: Databases,
  store: string,
  layout: Layout,
  plan: Plan,
): Promise<Written> {
  console.error(`  ${layout}`);
  const limits = { mostRows: plan.rows[layout], mostBytes: plan.bytes[layout] };
  const options: WriteOptions = { store, layout, cacheMiB, servers, folder, batches: plan.batches, ...limits };
  const result = await inOwnProcess<WriteResult>(WRITE, options);
  const location = parseStoreLocation(store)!;
  const diskBytes = await sizeOf(location);
  return {
    ...result,
    diskBytes,
    liveBytes: await liveSizeOf(location, KEPT_IN[layout]),
    timesTheCache: diskBytes / (cacheMiB * MIB),
    load: loadavg()[0]!,
  };
}
