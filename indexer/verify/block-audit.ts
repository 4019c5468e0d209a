import { equalBytes, hashToHex } from '../../src/chain/bytes.ts';
import { isCoinless } from '../../src/chain/coinless.ts';
import type { Network } from '../../src/chain/networks.ts';
import {
  type BlockRecord,
  type BlockTotals,
  decodeBlock,
  decodeTotals,
  encodeBlock,
  encodePage,
  encodeTotals,
} from '../../src/store/blocks.ts';
import { familiesAt } from '../../src/store/families.ts';
import { RowPacker } from '../../src/store/packed-rows.ts';
import { blockKey, decodePosition, encodePosition, rowsOfHeights } from '../../src/store/position.ts';
import type { Snapshot } from '../../src/store/snapshot.ts';
import { type PackedRows, type Row, TABLES, type Table } from '../../src/store/store.ts';
import { type KnownOutput, readTransactions, type TransactionRecord } from '../../src/store/transactions.ts';
import { BlockCheck } from '../block-check.ts';
import { type ChainContext, extend } from '../chain/context.ts';
import type { OutputFinder } from '../outputs/output-finder.ts';
import { addBlockPosting, addPostings } from '../rows/rows.ts';
import { TotalsOfBlock } from '../rows/sums.ts';
import { type IndexFindings, type TolerantReader, tolerating } from './findings.ts';
import type { PageAudit } from './page-audit.ts';
import type { PostingSums } from './posting-sums.ts';

export interface BlockAuditOptions {
  readonly reader: TolerantReader;
  readonly snapshot: Snapshot;
  readonly network: Network;
  /** Looks up spent outputs. */
  readonly outputFinder: OutputFinder;
  /** The first place is for the lowest height. */
  readonly sums: PostingSums;
  readonly pages: PageAudit;
  readonly findings: IndexFindings;
}

/** A stored transaction and its position. */
interface StoredTransaction extends TransactionRecord<KnownOutput> {
  readonly position: Uint8Array;
}

/** Checks the rows of blocks against each other, from the lowest block on. */
export class BlockAudit {
  readonly #options: BlockAuditOptions;
  readonly #lowest: number;
  /** The context of the next record; null if it is not known. */
  #context: ChainContext | null = null;
  #height = 0;
  transactions = 0;

  constructor(options: BlockAuditOptions) {
    this.#options = options;
    this.#lowest = options.snapshot.state.coverage[0]![0];
  }

  /** Call it for each height in order. */
  async audit(height: number): Promise<void> {
    this.#height = height;
    const { snapshot } = this.#options;
    const fork = snapshot.mainFork(height);
    const key = blockKey(height, fork);
    const record = await this.#decoded('blocks', key, decodeBlock);
    const totals = await this.#decoded('totals', key, decodeTotals);
    this.#checkRecord(record, height);
    const contents = new BlockContents(this.#options, { height, fork, record, totals });
    for await (const rows of this.#rows('transactions')) {
      const stored = await this.#transactionsOf(rows);
      await this.#checkSpent(stored);
      await this.#expect(contents.add(stored));
      this.transactions += stored.length;
    }
    for (const what of contents.finish()) this.#say(what);
    await this.#checkPages(contents);
    for (const table of ['blocks', 'totals', 'payloads'] as const) for await (const _ of this.#rows(table));
    if (record !== null) await this.#expect(contents.postingOfBlock(record.hash));
  }

  async #expect(postings: PackedRows): Promise<void> {
    const { sums, pages } = this.#options;
    sums.expect(this.#height - this.#lowest, await pages.expected(postings));
  }

  #say(what: string): void {
    this.#options.findings.add(this.#height, what);
  }

  /** The rows of the block; rows of stale blocks at its height are only read. */
  async *#rows(table: Table): AsyncGenerator<Row[]> {
    const { reader, snapshot } = this.#options;
    const block = blockKey(this.#height, snapshot.mainFork(this.#height));
    const range = rowsOfHeights([this.#height, this.#height], TABLES[table]);
    for await (const rows of reader.rows(table, range, (what) => this.#say(what))) {
      yield rows.filter(({ key }) => equalBytes(key.subarray(0, block.length), block));
    }
  }

  async #decoded<T>(table: 'blocks' | 'totals', key: Uint8Array, decode: (bytes: Uint8Array) => T): Promise<T | null> {
    const value = await this.#options.reader.value(table, key, (what) => this.#say(what));
    if (value === null) this.#say(`the record of "${table}" is missing`);
    return value == null
      ? null
      : tolerating(
          () => decode(value),
          (what) => this.#say(what),
        );
  }

  #checkRecord(record: BlockRecord | null, height: number): void {
    const before = this.#context;
    this.#context = null;
    if (record === null) return;
    if (!equalBytes(record.hash, record.header.hash)) this.#say('the hash of the block does not match its header');
    const { tip } = this.#options.snapshot;
    if (tip?.height === height && hashToHex(record.hash) !== tip.hash)
      this.#say('the block is not the tip that the state records');
    const known = before ?? unknownBefore(record, height);
    const extended = extend(known, record.header);
    this.#context = { ...extended.context, chainWork: record.chainWork, maxTime: record.maxTime };
    if (before === null) return;
    if (hashToHex(record.header.previousHash) !== before.hash)
      this.#say('the block does not follow the previous block');
    const medianTime = extended.record.medianTime ?? record.medianTime;
    const chainWork = extended.record.chainWork ?? record.chainWork;
    const expected = encodeBlock({ ...extended.record, medianTime, chainWork });
    if (!equalBytes(expected, encodeBlock(record)))
      this.#say('times or chain work do not follow from the previous block');
  }

  async #transactionsOf(rows: readonly Row[]): Promise<StoredTransaction[]> {
    const { reader, network } = this.#options;
    const stored: StoredTransaction[] = [];
    for (const row of rows) {
      const records = await tolerating(
        () => readTransactions(reader.store, [row], network),
        (what) => this.#say(what),
      );
      if (records !== null) stored.push({ ...records[0]!, position: row.key });
    }
    return stored;
  }

  /** Checks the recorded spent outputs against the transactions that created them, if those are there. */
  async #checkSpent(stored: readonly StoredTransaction[]): Promise<void> {
    const { outputFinder, snapshot } = this.#options;
    const part = { transactions: stored.map(({ transaction }) => transaction) };
    outputFinder.add(part);
    const created = outputFinder.recent(part);
    // Damage there is found at its own height.
    await tolerating(
      () => outputFinder.lookUp(part, created),
      () => {},
    );
    for (const [i, { transaction, spent, position }] of stored.entries()) {
      const { index } = decodePosition(position);
      const inputs = transaction.isCoinbase ? 0 : transaction.inputCount;
      if (spent.length !== inputs)
        this.#say(`transaction ${index} has ${spent.length} spent outputs for ${inputs} inputs`);
      for (const [input, output] of spent.entries()) {
        const wanted = created[i]![input];
        const isWrong = wanted != null && output !== null && !isSame(wanted, output);
        const isLacking = output === null && snapshot.state.start === 0;
        if (isWrong || isLacking)
          this.#say(`input ${input} of transaction ${index} has the wrong spent output in its record`);
      }
    }
  }

  async #checkPages(contents: BlockContents): Promise<void> {
    const pages = new Map<number, Uint8Array>();
    for await (const rows of this.#rows('pages')) {
      for (const { key, value } of rows) pages.set(decodePosition(key).index, value);
    }
    if (!contents.hasPages(pages)) this.#say('the pages of transaction ids do not match the transactions');
  }
}

interface AuditedBlock {
  readonly height: number;
  readonly fork: number;
  readonly record: BlockRecord | null;
  readonly totals: BlockTotals | null;
}

/** The contents of one block. */
class BlockContents {
  readonly #options: BlockAuditOptions;
  readonly #place: AuditedBlock;
  readonly #check: BlockCheck | null;
  readonly #sums: TotalsOfBlock | null;
  readonly #isCoinless: boolean;
  readonly #pages = new Map<number, Uint8Array>();
  readonly #gaps: string[] = [];
  #next = 0;

  constructor(options: BlockAuditOptions, place: AuditedBlock) {
    const { record, totals, height } = place;
    this.#options = options;
    this.#place = place;
    this.#check = record && totals && new BlockCheck(record.header, totals.transactionCount, options.network);
    this.#sums = totals && new TotalsOfBlock(totals.transactionCount);
    this.#isCoinless = record !== null && isCoinless({ height, hash: hashToHex(record.hash) });
  }

  /** @returns the postings of these transactions */
  add(stored: readonly StoredTransaction[]): PackedRows {
    const { network, snapshot } = this.#options;
    const { height } = this.#place;
    const families = familiesAt(snapshot.state, height);
    const postings = new RowPacker();
    for (const { transaction, spent, position } of stored) {
      const { index } = decodePosition(position);
      if (index !== this.#next) this.#gaps.push(`transaction ${this.#next} is missing`);
      this.#next = index + 1;
      const hasCoins = !(this.#isCoinless && transaction.isCoinbase);
      const placed = { transaction, spent, position, height, network, families, hasCoins, firstSeen: null };
      addPostings(placed, { postings });
      this.#sums?.add(transaction, spent);
      const page = this.#check?.add(transaction) ?? null;
      if (page !== null) this.#pages.set(page.number, encodePage(page));
    }
    return postings.finish();
  }

  /** Descriptions of what is wrong. */
  finish(): string[] {
    const { totals } = this.#place;
    const wrong = this.#gaps.slice(0, 1);
    if (totals === null || wrong.length > 0) return wrong;
    const damage = this.#check?.damage() ?? null;
    if (damage !== null) return [`the block is damaged: ${damage}`];
    const isRight = equalBytes(encodeTotals(this.#sums!.sums), encodeTotals(totals));
    return isRight ? [] : ['sizes, counts or sums do not match the transactions'];
  }

  hasPages(found: ReadonlyMap<number, Uint8Array>): boolean {
    if (this.#check === null) return true;
    return (
      found.size === this.#pages.size && [...this.#pages].every(([n, page]) => equalBytes(page, found.get(n) ?? NONE))
    );
  }

  postingOfBlock(hash: Uint8Array): PackedRows {
    const postings = new RowPacker();
    const { height, fork } = this.#place;
    addBlockPosting(hash, encodePosition({ height, fork, index: 0 }), { postings });
    return postings.finish();
  }
}

const NONE = new Uint8Array(0);

function isSame(a: { value: number; script: Uint8Array }, b: { value: number; script: Uint8Array }): boolean {
  return a.value === b.value && equalBytes(a.script, b.script);
}

/** For the first block, or one after a damaged record: its own data is taken to be right. */
function unknownBefore({ header }: BlockRecord, height: number): ChainContext {
  return {
    hash: hashToHex(header.previousHash),
    height: height - 1,
    chainWork: null,
    times: [],
    timesComplete: height === 0,
    maxTime: 0,
  };
}
