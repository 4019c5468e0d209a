import type { Logger } from 'pino';
import { BitqlError } from '../errors.ts';
import { Budget } from '../query/budget.ts';
import { ChainReader } from '../query/reader.ts';
import type { Rpc } from '../rpc/rpc.ts';
import type { ReadStore } from '../store/store.ts';
import { AnswerSize } from './answer-size.ts';

/** What all requests share. */
export interface Backend {
  readonly store: ReadStore;
  /** The most rows of the store that one request may examine. */
  readonly scanBudget: number;
  /** Where transactions are given to; without it none are taken. */
  readonly node?: Rpc | null | undefined;
  readonly log: Logger;
}

/**
 * What belongs to one request: everything that it reads comes from one snapshot. Apollo works with a copy of it, which
 * has no `#private` members.
 */
export class RequestContext {
  readonly budget: Budget;
  readonly answer = new AnswerSize();
  readonly node: Rpc | null;
  private readonly store: ReadStore;
  private opening: Promise<ChainReader> | undefined;
  private opened: ChainReader | undefined;

  constructor({ store, scanBudget, node }: Backend) {
    this.store = store;
    this.node = node ?? null;
    this.budget = new Budget(scanBudget);
  }

  /** The snapshot of this request, taken when it is first asked for. @throws NOT_SYNCED, STORE_UNAVAILABLE... */
  openReader(): Promise<ChainReader> {
    this.opening ??= ChainReader.open(this.store).then((reader) => {
      this.opened = reader;
      return reader;
    });
    return this.opening;
  }

  /** The same for resolvers below the root, whose parents were read through it. */
  get reader(): ChainReader {
    if (this.opened === undefined) throw new Error('The snapshot of this request is not open.');
    return this.opened;
  }

  /** Pays for single rows that a field is about to read. @throws BUDGET_EXCEEDED */
  charge(rows = 1): void {
    if (this.budget.exhausted) {
      throw new BitqlError(
        'BUDGET_EXCEEDED',
        'The request has examined as many rows as one may: ask for fewer items, or for fewer fields that lead to others.',
      );
    }
    this.budget.spend(rows);
  }
}
