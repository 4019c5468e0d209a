/**
 * Looks up postings in one layout, in a process of its own, so with empty caches at first: `node look-up.ts JSON` prints its result
 * as JSON.
 */
import { readFileSync } from 'node:fs';
import { parseStoreLocation } from '../../src/store/location.ts';
import { MongoStore } from '../../src/store/mongo/mongo-store.ts';
import { openStore } from '../../src/store/open.ts';
import { postingRange } from '../../src/store/postings.ts';
import { successor } from '../../src/store/scan-pages.ts';
import type { ChainStore, KeyRange, Page } from '../../src/store/store.ts';
import { ownUsage, sumOf, type Usage, UsageWatch, usageBetween } from '../database/usage.ts';
import { timesOf } from '../times.ts';
import { type Layout, TABLE_OF } from './layouts.ts';
import type { LookUpResult, LookUpTimes } from './look-up-names.ts';
import type { Subjects } from './subjects.ts';

export interface LookUpOptions {
  readonly store: string;
  readonly layout: Layout;
  readonly cacheMiB: number;
  /** The processes of the database's server. */
  readonly servers: readonly number[];
  /** The file with the subjects. */
  readonly subjects: string;
  /** The most seconds for each sort of look-up. */
  readonly seconds: number;
}

/** As in store/postings.ts, where a few rows of many ids are read. */
const MAX_CANDIDATES = 64;
const NEWEST = 25;
const SPENDS_AT_ONCE = 60;
/** As in query/balance.ts, where pages grow. */
const FIRST_PAGE = 64;
const LAST_PAGE = 4_096;

const WARM_UP = 30;
const MOST_READS = 500;

class LookUps {
  readonly #options: LookUpOptions;
  readonly #subjects: Subjects;
  readonly #store: ChainStore;
  readonly #commands: () => number;
  readonly #servers: UsageWatch;

  constructor(options: LookUpOptions, store: ChainStore, commands: () => number) {
    this.#options = options;
    this.#subjects = JSON.parse(readFileSync(options.subjects, 'utf8'));
    this.#store = store;
    this.#commands = commands;
    this.#servers = new UsageWatch(options.servers);
  }

  async all(): Promise<LookUpResult> {
    const { txids, spends, rare, hot } = this.#subjects;
    const sparse = { limit: MAX_CANDIDATES, isSparse: true };
    const newest = { limit: NEWEST, reverse: true };
    return {
      txid: await this.#measure(1, txids, (ranges) => this.#scan(ranges, sparse)),
      'newest 25, rare': await this.#measure(1, rare, (ranges) => this.#scan(ranges, newest)),
      'newest 25, hot': await this.#measure(1, hot, (ranges) => this.#scan(ranges, newest)),
      fold: await this.#measure(hot.length, hot, (ranges) => this.#fold(ranges)),
      '60 spends': await this.#measure(SPENDS_AT_ONCE, spends, (ranges) => this.#scan(ranges, sparse)),
    };
  }

  /** @param look returns the number of rows that it found */
  async #measure(
    atOnce: number,
    prefixes: readonly string[],
    look: (ranges: readonly KeyRange[]) => Promise<number>,
  ): Promise<LookUpTimes> {
    const ranges = prefixes.map((prefix) => postingRange(new Uint8Array(Buffer.from(prefix, 'hex'))));
    const isLong = ranges.length === atOnce;
    let next = 0;
    const once = () => {
      const some = Array.from({ length: atOnce }, () => ranges[next++ % ranges.length]!);
      return look(some);
    };
    for (let i = 0; i < (isLong ? 1 : WARM_UP); i++) await once();
    const durations: number[] = [];
    let rows = 0;
    const [commands, usage, end] = [this.#commands(), this.#usage(), performance.now() + 1_000 * this.#options.seconds];
    do {
      const begin = performance.now();
      rows += await once();
      durations.push(performance.now() - begin);
    } while (durations.length < MOST_READS && performance.now() < end);
    const { p50_ms, p99_ms } = timesOf(durations);
    const reads = durations.length;
    const isCounted = parseStoreLocation(this.#options.store)!.kind === 'mongodb';
    return {
      reads,
      p50_ms,
      p99_ms,
      rows: rows / reads,
      commands: isCounted ? (this.#commands() - commands) / reads : null,
      processor_ms: usageBetween(usage, this.#usage()).processorMs / reads,
    };
  }

  #usage(): Usage {
    return sumOf(ownUsage(), this.#servers.total());
  }

  async #scan(
    ranges: readonly KeyRange[],
    options: { limit: number; reverse?: boolean; isSparse?: boolean },
  ): Promise<number> {
    return rowsIn(await this.#store.scan(TABLE_OF[this.#options.layout], ranges, options));
  }

  /** All rows of a key, then those of the next one. */
  async #fold(ranges: readonly KeyRange[]): Promise<number> {
    let rows = 0;
    for (const { min, max } of ranges) {
      let from: Uint8Array | null = min;
      for (let limit = FIRST_PAGE; from !== null; limit = Math.min(2 * limit, LAST_PAGE)) {
        const [page]: Page[] = await this.#store.scan(TABLE_OF[this.#options.layout], [{ min: from, max }], { limit });
        rows += page!.rows.length;
        from = page!.more ? successor(page!.rows.at(-1)!.key) : null;
      }
    }
    return rows;
  }
}

function rowsIn(pages: readonly Page[]): number {
  return pages.reduce((sum, { rows }) => sum + rows.length, 0);
}

async function lookUp(options: LookUpOptions): Promise<LookUpResult> {
  const location = parseStoreLocation(options.store)!;
  let commands = 0;
  const onCommand = () => {
    commands += 1;
  };
  const store =
    location.kind === 'mongodb'
      ? await MongoStore.open(location.uri, { onCommand })
      : await openStore(location, { cacheMiB: options.cacheMiB });
  const result = await new LookUps(options, store, () => commands).all();
  await store.close();
  return result;
}

console.log(JSON.stringify(await lookUp(JSON.parse(process.argv[2]!))));
