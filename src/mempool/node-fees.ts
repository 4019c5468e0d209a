import {
  estimateSmartFees,
  type FeeEstimateMode,
  minimumFeeRate,
  type SmartFeeEstimate,
} from '../rpc/fee-estimates.ts';
import type { Rpc } from '../rpc/rpc.ts';

/** How long an answer of the node is used for all who ask, in milliseconds. */
const FRESH_MS = 10_000;

interface KeptAnswer<T> {
  readonly answer: Promise<T>;
  readonly at: number;
}

/** The fee estimates of a gateway's node, which is asked for each at most once in ten seconds, whether it can answer or not. */
export class NodeFees {
  readonly #node: Rpc;
  readonly #now: () => number;
  readonly #estimates = new Map<string, KeptAnswer<SmartFeeEstimate | null>>();
  #minimum: KeptAnswer<number | null> | null = null;

  /** @param now a steady clock, in milliseconds */
  constructor(node: Rpc, now: () => number = () => performance.now()) {
    this.#node = node;
    this.#now = now;
  }

  /**
   * The node's estimates for some numbers of blocks, in their order; null if it makes none.
   * @throws the errors of `Rpc` calls
   */
  async estimates(targets: readonly number[], mode: FeeEstimateMode): Promise<SmartFeeEstimate[] | null> {
    const at = this.#now();
    const unknown = [...new Set(targets)].filter((target) => !isFresh(this.#estimates.get(nameOf(target, mode)), at));
    if (unknown.length > 0) {
      const asked = estimateSmartFees(this.#node, unknown, mode);
      for (const [i, target] of unknown.entries()) {
        const answer = asked.then((estimates) => estimates?.[i] ?? null);
        this.#estimates.set(nameOf(target, mode), { answer: handled(answer), at });
      }
    }
    const found = await Promise.all(targets.map((target) => this.#estimates.get(nameOf(target, mode))!.answer));
    return found.every((estimate) => estimate !== null) ? found : null;
  }

  /** The lowest fee rate that the node accepts now, in satoshis for a virtual byte; null if it does not report it. */
  minimum(): Promise<number | null> {
    const at = this.#now();
    if (this.#minimum === null || !isFresh(this.#minimum, at)) {
      this.#minimum = { answer: handled(minimumFeeRate(this.#node)), at };
    }
    return this.#minimum.answer;
  }
}

/** Nobody may be waiting for it when it fails. */
function handled<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {});
  return answer;
}

function isFresh(one: KeptAnswer<unknown> | undefined, now: number): boolean {
  return one !== undefined && now - one.at < FRESH_MS;
}

function nameOf(target: number, mode: FeeEstimateMode): string {
  return `${mode} ${target}`;
}
