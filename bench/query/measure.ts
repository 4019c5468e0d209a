import { type DocumentNode, execute, type GraphQLSchema, parse } from 'graphql';
import { pino } from 'pino';
import { createSchema } from '../../src/gateway/graphql/schema.ts';
import { type Backend, RequestContext } from '../../src/gateway/resolvers/context.ts';
import { SETTINGS } from '../../src/settings/settings.ts';
import type { ReadStore } from '../../src/store/store.ts';
import { CountedStore } from '../../test/support/counted-store.ts';
import { rounded, type Times, timesOf } from '../times.ts';
import { FIND, type Kind, type Question } from './questions.ts';

/** How long a question is asked. */
export interface Effort {
  readonly requests: number;
  /** A question is asked fewer times if it takes longer. */
  readonly seconds: number;
}

/** What the requests of a question took; rows and reads are means of a request. */
export interface Measurement extends Times {
  readonly name: string;
  readonly kind: Kind;
  readonly lists: number;
  readonly requests: number;
  /** Processor time of a request, the store's included; it depends less on what else the machine does. */
  readonly processor_ms: number;
  readonly returned: number;
  readonly examined: number;
  /** The most rows that a request examined beyond three times those that it returned. */
  readonly beyond: number;
  readonly reads: number;
  /** The rows that `explainTransactions` predicts, the mean of some requests; null where it is not there, or not for such a question. */
  readonly estimate: number | null;
  /** The code of the error that some were answered with; null for none. */
  readonly refused: string | null;
}

/** How many rows may be examined for one that is returned, beside a constant. */
export const ROWS_FOR_ONE = 3;
const WARM_UP = 5;
/** How many requests of a question are explained. */
const EXPLAINED = 10;
const EXPLAIN = `query ($filter: TransactionFilter, $first: Int, $scan: Boolean! = false) {
  explainTransactions(filter: $filter, first: $first, scan: $scan) { prediction { rows } }
}`;

interface Sample {
  readonly ms: number;
  readonly processorMs: number;
  readonly returned: number;
  readonly examined: number;
  readonly reads: number;
  readonly refused: string | null;
}

/** Asks one question after the other, one request at a time, as a gateway would answer it that remembers nothing. */
export class Meter {
  readonly #schema: GraphQLSchema = createSchema();
  readonly #store: CountedStore;
  readonly #effort: Effort;

  constructor(store: ReadStore, effort: Effort) {
    this.#store = new CountedStore(store);
    this.#effort = effort;
  }

  async measure(question: Question): Promise<Measurement> {
    const document = parse(question.query);
    const samples: Sample[] = [];
    for (let i = 0; i < WARM_UP; i++) await this.#ask(question, document);
    const end = performance.now() + 1_000 * this.#effort.seconds;
    do samples.push(await this.#ask(question, document));
    while (samples.length < this.#effort.requests && performance.now() < end);
    const mean = (of: (sample: Sample) => number) => samples.reduce((sum, one) => sum + of(one), 0) / samples.length;
    const beyond = ({ examined, returned }: Sample) => examined - ROWS_FOR_ONE * returned;
    return {
      name: question.name,
      kind: question.kind,
      lists: question.lists ?? 1,
      requests: samples.length,
      ...timesOf(samples.map(({ ms }) => ms)),
      processor_ms: rounded(mean(({ processorMs }) => processorMs)),
      returned: mean(({ returned }) => returned),
      examined: mean(({ examined }) => examined),
      beyond: Math.max(...samples.map(beyond)),
      reads: mean(({ reads }) => reads),
      estimate: await this.#estimate(question),
      refused: samples.find(({ refused }) => refused !== null)?.refused ?? null,
    };
  }

  async #estimate(question: Question): Promise<number | null> {
    if (question.query !== FIND || !('explainTransactions' in this.#schema.getQueryType()!.getFields())) return null;
    const document = parse(EXPLAIN);
    let rows = 0;
    for (let i = 0; i < EXPLAINED; i++) {
      const contextValue = new RequestContext(this.#backend);
      const variableValues = question.variables();
      const { data } = await execute({ schema: this.#schema, document, variableValues, contextValue });
      const { explainTransactions } = data as { explainTransactions: { prediction: { rows: number } | null } };
      rows += explainTransactions.prediction?.rows ?? 0;
    }
    return rows / EXPLAINED;
  }

  get #backend(): Backend {
    return { store: this.#store, scanBudget: SETTINGS.scanBudget.fallback, log: SILENT };
  }

  async #ask(question: Question, document: DocumentNode): Promise<Sample> {
    const variableValues = question.variables();
    this.#store.take();
    const [start, usage] = [performance.now(), process.cpuUsage()];
    const contextValue = new RequestContext(this.#backend);
    const { data, errors } = await execute({ schema: this.#schema, document, variableValues, contextValue });
    const ms = performance.now() - start;
    const { user, system } = process.cpuUsage(usage);
    const { rows, calls } = this.#store.take();
    const code = errors?.[0] === undefined ? null : codeOf(errors[0].originalError ?? errors[0]);
    const returned = data == null ? 0 : question.rowsOf(data);
    return { ms, processorMs: (user + system) / 1_000, returned, examined: rows, reads: calls, refused: code };
  }
}

const SILENT = pino({ level: 'silent' });

/** @throws the error, if it is none of those that tell a caller that a question is too large */
function codeOf(error: Error): string {
  const code = 'code' in error ? String(error.code) : null;
  if (code === 'BUDGET_EXCEEDED') return code;
  throw error;
}
