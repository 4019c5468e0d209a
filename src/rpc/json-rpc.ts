import { constants } from 'node:buffer';
import { BitqlError } from '../errors.ts';
import type { Credentials } from './credentials.ts';
import { nodeAt, request, unreachable } from './http.ts';

const OK = 200;
/** "Internal error" of JSON-RPC. */
const UNKNOWN_ERROR = -32603;

/** One call's answer, as JSON-RPC writes it. */
export type JsonRpcAnswer = Readonly<Record<string, unknown>>;

/** What a node answers with that refuses a call: its own code (src/rpc/protocol.h), or an HTTP status. */
export class JsonRpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.name = 'JsonRpcError';
    this.code = code;
  }
}

/** Bounds for a node that is not trusted to keep any. */
export interface CallLimits {
  /** Until all of the answer is here, in milliseconds [none]. */
  readonly timeoutMs?: number;
  /** The longest answer [what a string can hold: 512 MiB]. */
  readonly maxAnswerBytes?: number;
}

/**
 * Posts calls of one method, several as a batch, and gives their answers in the order of the calls. This is for answers
 * that may be long: the client package takes four times as long to read them, and an answer that is longer than a string
 * may be, or an odd one to a batch, ends the process there.
 * @throws JsonRpcError, BitqlError NODE_UNREACHABLE, AnswerTooLongError
 */
export async function postCalls(
  origin: string,
  { username, password }: Credentials,
  method: string,
  calls: readonly (readonly unknown[])[],
  { timeoutMs, maxAnswerBytes = constants.MAX_STRING_LENGTH }: CallLimits = {},
): Promise<JsonRpcAnswer[]> {
  const bodies = calls.map((params, id) => ({ id, method, params }));
  const response = await request(origin, '/', {
    method: 'POST',
    headers: {
      authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(bodies.length === 1 ? bodies[0] : bodies),
    ...(timeoutMs !== undefined && { signal: AbortSignal.timeout(timeoutMs) }),
  });
  const tooLong = (cause?: unknown) => new AnswerTooLongError(origin, method, cause);
  return answersIn(await readText(response, origin, maxAnswerBytes, tooLong), response, calls.length);
}

/** An answer that no string can hold (V8: 512 MiB). */
export class AnswerTooLongError extends BitqlError {
  constructor(origin: string, method: string, cause?: unknown) {
    super(
      'NODE_REFUSED',
      `${nodeAt(origin)} answers ${method} with more than can come by RPC: start bitcoind with -rest.`,
      cause,
    );
  }
}

async function readText(
  response: Response,
  origin: string,
  maxBytes: number,
  tooLong: (cause?: unknown) => AnswerTooLongError,
): Promise<string> {
  if (Number(response.headers.get('content-length')) > maxBytes) {
    await response.body?.cancel();
    throw tooLong();
  }
  try {
    return await (maxBytes < constants.MAX_STRING_LENGTH ? readUpTo(response, maxBytes, tooLong) : response.text());
  } catch (error) {
    if (error instanceof AnswerTooLongError) throw error;
    if ((error as { code?: unknown }).code === 'ERR_STRING_TOO_LONG') throw tooLong(error);
    throw unreachable(origin, error);
  }
}

/** A text that may come without its length. Leaving the loop ends the connection. */
async function readUpTo(response: Response, maxBytes: number, tooLong: () => AnswerTooLongError): Promise<string> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of response.body ?? []) {
    size += piece.length;
    if (size > maxBytes) throw tooLong();
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString();
}

/** A single answer may come with HTTP status 500, and says more itself. */
function answersIn(text: string, { status, statusText }: Response, count: number): JsonRpcAnswer[] {
  const parsed = parse(text);
  if (Array.isArray(parsed)) {
    // The order of a batch's answers is free; the ids are the places of the calls.
    const byId = new Map(parsed.filter(isAnswer).map((answer) => [answer.id, answer]));
    const answers = Array.from({ length: count }, (_, id) => byId.get(id));
    if (answers.every((answer) => answer !== undefined)) return answers;
  } else if (isAnswer(parsed)) {
    if (count === 1) return [parsed];
    resultOf(parsed);
  }
  throw status === OK ? new Error(text.slice(0, 100)) : new JsonRpcError(status, statusText);
}

/** @throws JsonRpcError if it is an error */
export function resultOf({ error, result }: JsonRpcAnswer): unknown {
  if (!isAnswer(error)) return result;
  throw new JsonRpcError(typeof error.code === 'number' ? error.code : UNKNOWN_ERROR, String(error.message));
}

function isAnswer(value: unknown): value is JsonRpcAnswer {
  return typeof value === 'object' && value !== null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
