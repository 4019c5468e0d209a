import { ask, endpointOf, type GraphqlRequest } from '../../src/client/ask.ts';
import { pause } from '../../src/waiting.ts';
import { Random } from '../chain/random.ts';
import type { Operation } from '../live/subscription.ts';
import { type Known, QUESTIONS } from './questions.ts';

/** A question that was answered. */
export interface Asked {
  readonly name: string;
  /** By the steady clock of this process. */
  readonly at: number;
  readonly ms: number;
  /** The fault of the answer. */
  readonly error: string | null;
}

interface Answer {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly path?: readonly unknown[] }[];
}

const PATIENCE_MS = 60_000;

/** A client that sends one query after the other, of every kind. */
export class Asker {
  readonly asked: Asked[] = [];
  readonly #url: string;
  readonly #random: Random;
  readonly #known: Known = { txids: [], height: 0 };

  constructor(url: string, seed: string) {
    this.#url = url;
    this.#random = new Random(seed);
  }

  /** @param pauseMs between an answer and the next question */
  async goOn(pauseMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#learn();
      for (const [name, question] of Object.entries(QUESTIONS)) {
        if (signal.aborted) return;
        await this.#ask(name, question(this.#random, this.#known));
        await pause(pauseMs, signal);
      }
    }
  }

  async #ask(name: string, operation: Operation): Promise<void> {
    const at = performance.now();
    const error = await this.#answer(operation).then(problemOf, String);
    this.asked.push({ name, at, ms: performance.now() - at, error });
  }

  async #learn(): Promise<void> {
    const query = '{ chain { tip { height } } transactions(first: 100) { nodes { txid } } }';
    const { data } = await this.#answer({ query }).catch((): Answer => ({}));
    if (data == null) return;
    const { chain, transactions } = data as {
      chain: { tip: { height: number } };
      transactions: { nodes: { txid: string }[] };
    };
    this.#known.height = chain.tip.height;
    // Earlier values are asked for as well: they may have been replaced meanwhile.
    this.#known.txids = [...transactions.nodes.map(({ txid }) => txid), ...this.#known.txids].slice(0, 1_000);
  }

  async #answer(operation: Operation): Promise<Answer> {
    return (await ask(endpointOf(this.#url), operation as GraphqlRequest, { timeoutMs: PATIENCE_MS })) as Answer;
  }
}

/** An error, or a page that found nothing within its budget. */
function problemOf({ data, errors }: Answer): string | null {
  if (errors !== undefined) return errors.map(({ message, path }) => `${path?.join('.') ?? ''}: ${message}`).join('; ');
  return data == null ? 'no data' : null;
}
