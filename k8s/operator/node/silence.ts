import { BitqlError } from '../../../src/errors.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import type { CallsDeadline } from '../runtime/deadline.ts';
import type { Outside } from '../runtime/reconciler.ts';
import type { Silences } from '../runtime/silences.ts';

/** Why a node does not answer: a reason of the condition RPCReachable. */
export interface NodeSilence {
  readonly reason: SilenceReason;
  readonly message: string;
}

export type SilenceReason =
  | 'WarmingUp'
  | 'AuthFailed'
  | 'Timeout'
  | 'Refused'
  | 'HostNotFound'
  | 'Unreachable'
  | 'UnexpectedAnswer';

/** A call to a node, by its method and parameters. */
export type AskNode = (method: string, ...parameters: unknown[]) => Promise<unknown>;

/** Calls to a node. Each waits for its turn, and all together have the deadline. */
export function askWithin(rpc: Rpc, deadline: CallsDeadline, outside: Outside): AskNode {
  const { signal } = deadline;
  return (method, ...parameters) =>
    outside(rpc.host, () => deadline.during(() => rpc.callWith({ signal }, method, ...parameters)));
}

/** @param error what a call to a node threw */
export function silenceOf(error: unknown): NodeSilence {
  if (!(error instanceof BitqlError)) throw error;
  return { reason: reasonOf(error), message: error.message };
}

/** The error of a call where the time that several calls have together ran out. `silenceOf` makes a Timeout of it. */
export function outOfTime(message: string): BitqlError {
  return new BitqlError('NODE_UNREACHABLE', message, new DOMException(message, 'TimeoutError'));
}

/** Who is asked, and left alone where it kept somebody waiting. */
export interface Restable {
  readonly silences: Silences<string>;
  readonly url: string;
  readonly steadyNow: () => number;
  /** Whether it is asked all the same [false]. */
  readonly evenAtRest?: boolean;
  /** Where calls end by it, that is no silence. */
  readonly end?: AbortSignal;
}

/** Calls that fail as the last one did while who is asked is left alone, also where that has come to be while they waited for their turn. */
export function unlessAtRest(outside: Outside, restable: Restable): Outside {
  const { silences, url, steadyNow, evenAtRest = false, end } = restable;
  return (host, call, options) => {
    const begin = async () => {
      const rest = evenAtRest ? null : silences.rest(url, steadyNow());
      if (rest !== null) throw outOfTime(rest.what);
      try {
        return await call();
      } catch (error) {
        // Before the next one that waits begins.
        if (isOutOfTime(error) && !end?.aborted) silences.note(url, error.message, steadyNow());
        throw error;
      }
    };
    return outside(host, begin, options);
  };
}

function isOutOfTime(error: unknown): error is BitqlError {
  return (
    error instanceof BitqlError && error.code === 'NODE_UNREACHABLE' && unreachableReason(error.cause) === 'Timeout'
  );
}

function reasonOf(error: BitqlError): SilenceReason {
  switch (error.code) {
    case 'NODE_WARMING_UP':
      return 'WarmingUp';
    case 'NODE_UNAUTHORIZED':
      return 'AuthFailed';
    case 'NODE_UNREACHABLE':
      return unreachableReason(error.cause);
    case 'NODE_REFUSED':
      return 'UnexpectedAnswer';
    default:
      throw error;
  }
}

/** `fetch` wraps what happened to the connection. */
function unreachableReason(error: unknown): SilenceReason {
  const { name, cause } = (error ?? {}) as { name?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return 'Timeout';
  switch (cause?.code) {
    case 'ECONNREFUSED':
      return 'Refused';
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return 'HostNotFound';
    case 'ETIMEDOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return 'Timeout';
    default:
      return 'Unreachable';
  }
}
