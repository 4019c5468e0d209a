import { BitqlError } from '../../../src/errors.ts';
import type { ReconcileContext } from '../runtime/reconciler.ts';
import type { Rest, Silences } from '../runtime/silences.ts';
import { ask, type GraphqlAnswer, type GraphqlEndpoint, type GraphqlQuery } from './graphql-client.ts';
import { Obstacle } from './obstacle.ts';

/** A query of an index. @throws Obstacle IndexReady, where it does not answer */
export type AskIndex = (query: GraphqlQuery) => Promise<GraphqlAnswer<unknown>>;

/** Between two times that an index is asked which does not answer. */
export const SILENT_INDEX_TIMES = { firstMs: 5_000, longestMs: 60_000 };

/**
 * Calls to an index, which end at the signal of the reconcile.
 * @param silences of all indexes that did not answer, by URL
 */
export function accessIndex(
  endpoint: GraphqlEndpoint,
  { outside, signal, steadyNow }: ReconcileContext,
  silences: Silences<string>,
): AskIndex {
  const { url } = endpoint;
  const unlessAtRest = () => {
    const rest = silences.rest(url, steadyNow());
    if (rest !== null) throw unreachable(rest);
  };
  return async (query) => {
    unlessAtRest();
    const call = async () => {
      unlessAtRest();
      return ask(endpoint, query, signal);
    };
    try {
      const answer = await outside(new URL(url).host, call);
      silences.forget(url);
      return answer;
    } catch (error) {
      signal.throwIfAborted();
      if (error instanceof Obstacle || !(error instanceof BitqlError)) throw error;
      const { message } = error;
      throw unreachable({ what: message, ms: silences.note(url, message, steadyNow()) }, error);
    }
  };
}

function unreachable({ what, ms }: Rest<string>, cause?: unknown): Obstacle {
  const finding = { condition: 'IndexReady', reason: UNREACHABLE, message: what, retryMs: ms } as const;
  return new Obstacle('NOT_SYNCED', finding, cause);
}

/** The reason of the condition IndexReady. */
export const UNREACHABLE = 'IndexUnreachable';
