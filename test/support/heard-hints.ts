import { until } from '../../dev/until.ts';
import type { Hint, Hints } from '../../indexer/node/hints/hint.ts';

const NEVER = new AbortController().signal;

/** Collects hints, and waits for them. */
export class HeardHints {
  readonly all: Hint[] = [];
  readonly #hints: Hints;

  constructor(hints: Hints) {
    this.#hints = hints;
  }

  /** Waits for a matching hint among those since the beginning, or since `forget`. */
  until(what: string, isWanted: (hint: Hint) => boolean): Promise<Hint> {
    return until(what, async () => {
      this.all.push(...(await this.#hints.next(100, NEVER)));
      return this.all.find(isWanted);
    });
  }

  untilKind(kind: Hint['kind']): Promise<Hint> {
    return this.until(`a hint of ${kind}`, (hint) => hint.kind === kind);
  }

  /** Waits for a 'transaction' hint of a txid. */
  untilTransaction(txid: string): Promise<Hint> {
    return this.until(`a hint of ${txid}`, (hint) => hint.kind === 'transaction' && hint.txid === txid);
  }

  forget(): void {
    this.all.length = 0;
  }
}
