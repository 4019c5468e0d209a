import { BitqlError } from '../../../src/errors.ts';
import type { Silence, SilenceReason } from './observation.ts';

/** @param error what a call to a node threw */
export function silenceOf(error: unknown): Silence {
  if (!(error instanceof BitqlError)) throw error;
  return { reason: reasonOf(error), message: error.message };
}

/** What a call fails with, as `silenceOf` tells it, where time ran out that several calls have together. */
export function outOfTime(message: string): BitqlError {
  return new BitqlError('NODE_UNREACHABLE', message, new DOMException(message, 'TimeoutError'));
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
