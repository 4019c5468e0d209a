import { BitqlError, type ErrorCode } from '../../../src/errors.ts';
import { requestFailure } from '../../../src/failures/network.ts';

/** An answer of the API that is no success, or none at all. */
export class ClusterError extends BitqlError {
  /** The HTTP status; null where nothing was answered. */
  readonly status: number | null;
  /** Kubernetes' word for it: `AlreadyExists`, `Conflict`, `Expired`; an empty text where it has none. */
  readonly reason: string;
  /** How long the server wants to be left alone. */
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, answer: ErrorAnswer = NO_ANSWER, cause?: unknown) {
    super(code, message, cause);
    this.name = 'ClusterError';
    this.status = answer.status;
    this.reason = answer.reason;
    this.retryAfterMs = answer.retryAfterMs;
  }
}

interface ErrorAnswer {
  readonly status: number | null;
  readonly reason: string;
  readonly retryAfterMs: number | null;
}

const NO_ANSWER: ErrorAnswer = { status: null, reason: '', retryAfterMs: null };
const MAX_MESSAGE_LENGTH = 1_000;
/** A server that wants more is asked anyway. */
const MAX_RETRY_AFTER_SECONDS = 300;

/** Older servers answer 500 to a field that they do not know, and will always. */
const UNKNOWN_FIELD = /failed to create typed patch object/;

/**
 * The error that an answer is.
 * @param what was asked, as in `GET /api/v1/pods`
 * @param body a Status of Kubernetes, or what a proxy wrote
 */
export function errorOfAnswer(what: string, status: number, body: string, retryAfter?: string): ClusterError {
  const { reason, message } = statusOf(body);
  const seconds = /^\d+$/.test(retryAfter ?? '') ? Math.min(Number(retryAfter), MAX_RETRY_AFTER_SECONDS) : null;
  const answer = { status, reason, retryAfterMs: seconds === null ? null : seconds * 1_000 };
  const text = `The cluster answered ${status} to ${what}: ${message.slice(0, MAX_MESSAGE_LENGTH)}`;
  return new ClusterError(UNKNOWN_FIELD.test(message) ? 'CLUSTER_REFUSED' : codeOf(status), text, answer);
}

/** That a call was not answered: no connection, one that was cut, or the deadline. */
export function clusterUnreachable(what: string, cause: unknown): ClusterError {
  return new ClusterError(
    'CLUSTER_UNAVAILABLE',
    `The cluster did not answer ${what}: ${requestFailure(cause)}.`,
    NO_ANSWER,
    cause,
  );
}

export function hasStatus(error: unknown, status: number): error is ClusterError {
  return error instanceof ClusterError && error.status === status;
}

function codeOf(status: number): ErrorCode {
  if (status === 401 || status === 403) return 'CLUSTER_FORBIDDEN';
  if (status === 409) return 'CLUSTER_CONFLICT';
  return status === 429 || status >= 500 ? 'CLUSTER_UNAVAILABLE' : 'CLUSTER_REFUSED';
}

function statusOf(body: string): { reason: string; message: string } {
  try {
    const { reason, message } = JSON.parse(body) as { reason?: unknown; message?: unknown };
    return { reason: typeof reason === 'string' ? reason : '', message: String(message ?? '') };
  } catch {
    return { reason: '', message: body };
  }
}
