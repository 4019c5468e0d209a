import { BitqlError } from '../../../src/errors.ts';
import type { Rpc } from '../../../src/rpc/rpc.ts';
import type { CallsDeadline } from '../runtime/outside-calls.ts';
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

/** A call to a node, by method and parameters. */
export type AskNode = (method: string, ...parameters: unknown[]) => Promise<unknown>;

/** Calls to a node. Each waits for its turn, and all share the deadline. */
export function askWithin(rpc: Rpc, deadline: CallsDeadline, outside: Outside): AskNode {
  const { signal } = deadline;
  return (method, ...parameters) =>
    outside(rpc.host, () => deadline.during(() => rpc.callWith({ signal }, method, ...parameters)));
}

/** @param error the error of a call to a node */
export function silenceOf(error: unknown): NodeSilence {
  if (!(error instanceof BitqlError)) throw error;
  return { reason: reasonOf(error), message: error.message };
}

/** The error of a call if the shared time ran out. `silenceOf` makes a Timeout of it. */
export function outOfTime(message: string): BitqlError {
  return new BitqlError('NODE_UNREACHABLE', message, new DOMException(message, 'TimeoutError'));
}

/** A peer that is left alone after it did not answer in time. */
interface Restable {
  readonly silences: Silences<string>;
  readonly url: string;
  readonly steadyNow: () => number;
  /** Whether it is called nevertheless [false]. */
  readonly evenAtRest?: boolean;
  /** Calls that end at this signal do not count as silence. */
  readonly end?: AbortSignal;
}

/** Calls that fail like the last one while the peer is left alone, even if that began while they waited for their turn. */
export function unlessAtRest(outside: Outside, restable: Restable): Outside {
  const { silences, url, steadyNow, evenAtRest = false, end } = restable;
  return (host, call, options) => {
    const begin = async () => {
      const rest = evenAtRest ? null : silences.rest(url, steadyNow());
      if (rest !== null) throw outOfTime(rest.what);
      try {
        return await call();
      } catch (error) {
        // It must be noted before the next waiting call starts.
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

/** `fetch` wraps the error of the connection. */
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
