import { expect } from 'vitest';
import { type Answer, post } from '../gateway/support.ts';
import type { KnownData } from './input-data-chain.ts';

const QUERY = 'query ($filter: TransactionFilter) { transactions(filter: $filter) { nodes { txid } } }';
/** Few enough blocks above and below that a gateway searches them without an index. */
const AROUND = 40;

/**
 * Asks a gateway for data in inputs, one request after the other, until it is disposed of: in a range of blocks it must always be
 * found, elsewhere it must be found or refused because the index lacks it.
 */
export class InputDataCaller implements AsyncDisposable {
  /** How many requests were answered: found in a range, or refused. */
  readonly answers = { inRange: 0, refused: 0 };
  readonly #url: string;
  readonly #known: readonly KnownData[];
  readonly #stop = new AbortController();
  readonly #asking: Promise<void>;

  constructor(url: string, known: readonly KnownData[]) {
    this.#url = url;
    this.#known = known;
    this.#asking = this.#ask();
    this.#asking.catch(() => {}); // `askForAll` reports it
  }

  /** Ends the requests. Then everything must be found without a range. */
  async askForAll(): Promise<void> {
    this.#stop.abort();
    await this.#asking;
    for (const { filter, txid } of this.#known) expectFound(await post(this.#url, QUERY, { filter }), txid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#asking.catch(() => {});
  }

  async #ask(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const { txid, height, filter } = this.#known[Math.floor(Math.random() * this.#known.length)]!;
      const block = { from: height - AROUND, to: height + AROUND };
      expectFound(await post(this.#url, QUERY, { filter: { ...filter, block } }), txid);
      this.answers.inRange += 1;
      const answer = await post(this.#url, QUERY, { filter });
      if (answer.errors?.[0]?.extensions.code === 'NOT_INDEXED') this.answers.refused += 1;
      else expectFound(answer, txid);
    }
  }
}

function expectFound({ data, errors }: Answer, txid: string): void {
  expect(errors).toBeUndefined();
  expect(data.transactions.nodes).toEqual([{ txid }]);
}
