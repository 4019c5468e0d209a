import { constants } from 'node:buffer';
import { BitqlError } from '../errors.ts';
import { parsedJson } from '../json.ts';
import { isReadFailure, RPC_CODES } from './codes.ts';
import type { Credentials } from './credentials.ts';
import { type NodeAnswer, nodeAt, type Question, request, withoutSecrets } from './http.ts';
import { busyAnswer, busyError } from './pace.ts';

const OK = 200;
/** The most characters of a node's message. */
const MAX_MESSAGE = 500;

/** Characters that precede each value except the first. */
const MARKS = Buffer.from(',[{');
/**
 * The most values of an answer: this number, and one more for each BYTES_OF_VALUE bytes. Values of bitcoind are longer,
 * with their names.
 */
const FREE_VALUES = 2_000_000;
const BYTES_OF_VALUE = 16;

/** The answer to one call in JSON-RPC. */
export type JsonRpcAnswer = Readonly<Record<string, unknown>>;

/** A node's refusal of a call: its own code (src/rpc/protocol.h), or an HTTP status. */
export class JsonRpcError extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message.slice(0, MAX_MESSAGE));
    this.name = 'JsonRpcError';
    this.code = code;
  }
}

/** Calls of one method. */
export interface Calls extends Omit<Question, 'what'> {
  readonly method: string;
  /** The parameters of each call. */
  readonly calls: readonly (readonly unknown[])[];
}

/**
 * Posts calls of one method, several as a batch, and returns their answers in the order of the calls.
 * @throws JsonRpcError, BitqlError NODE_UNREACHABLE (NodeBusyError among them), AnswerTooLongError, the reason of a
 *   signal
 */
export async function postCalls(
  at: URL,
  credentials: Credentials | null,
  { method, calls, maxBytes, ...bounds }: Calls,
): Promise<JsonRpcAnswer[]> {
  const bodies = calls.map((params, id) => ({ id, method, params }));
  const question = { ...bounds, what: method, maxBytes: Math.min(maxBytes, constants.MAX_STRING_LENGTH) };
  const answer = await request(at, '', question, {
    method: 'POST',
    headers: {
      ...(credentials !== null && { authorization: basic(credentials) }),
      'accept-encoding': 'identity',
      'content-type': 'application/json',
    },
    body: JSON.stringify(bodies.length === 1 ? bodies[0] : bodies),
  });
  const body = await answer.bytes();
  const busy = answer.ok ? null : busyAnswer(at.origin, answer, body.toString());
  if (busy !== null) throw busy;
  if (hasTooManyValues(body)) {
    throw new BitqlError(
      'NODE_REFUSED',
      `${nodeAt(at.origin)} answers ${method} with far too many values. Is it bitcoind?`,
    );
  }
  const answers = answersIn(body.toString(), answer, at, calls.length);
  throwIfBusy(at.origin, answers);
  return answers;
}

function basic({ username, password }: Credentials): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

/** A hosted node may have answered only some calls of a batch: all are then repeated. */
function throwIfBusy(origin: string, answers: readonly JsonRpcAnswer[]): void {
  for (const { error } of answers) {
    const busy = isAnswer(error) ? busyError(origin, error.code, String(error.message)) : null;
    if (busy !== null) throw busy;
  }
}

/** A value takes up to sixty bytes of memory, and an empty one takes three bytes of JSON, so few are allowed. */
function hasTooManyValues(json: Buffer): boolean {
  let left = FREE_VALUES + json.length / BYTES_OF_VALUE;
  if (json.length < left) return false;
  // Long texts, for example hex, are skipped fast.
  for (const mark of MARKS) {
    for (let at = json.indexOf(mark); at >= 0 && left >= 0; at = json.indexOf(mark, at + 1)) left -= 1;
  }
  return left < 0;
}

/** A single answer may have HTTP status 500; its body says more. */
function answersIn(text: string, { status, statusText }: NodeAnswer, at: URL, count: number): JsonRpcAnswer[] {
  const parsed = parsedJson(text);
  if (Array.isArray(parsed)) {
    // A batch's answers may be in any order; their ids are the indexes of the calls.
    const byId = new Map(parsed.filter(isAnswer).map((answer) => [answer.id, answer]));
    const answers = Array.from({ length: count }, (_, id) => byId.get(id));
    if (answers.every((answer) => answer !== undefined)) return answers;
  } else if (isAnswer(parsed)) {
    if (count === 1) return [parsed];
    resultOf(parsed);
  }
  throw status === OK ? new Error(withoutSecrets(text, at).slice(0, 100)) : new JsonRpcError(status, statusText);
}

/** @throws JsonRpcError if it is an error */
export function resultOf({ error, result }: JsonRpcAnswer): unknown {
  if (!isAnswer(error)) return result;
  const { code, message } = error;
  throw new JsonRpcError(
    typeof code === 'number' ? code : RPC_CODES.INTERNAL_ERROR,
    typeof message === 'string' ? message : 'it gives no reason',
  );
}

/** The node's words if it failed to read what the call needs; null for any other answer. */
export function readFailure({ error }: JsonRpcAnswer): string | null {
  if (!isAnswer(error)) return null;
  const reason = String(error.message);
  return isReadFailure(error.code, reason) ? reason.slice(0, MAX_MESSAGE) : null;
}

function isAnswer(value: unknown): value is JsonRpcAnswer {
  return typeof value === 'object' && value !== null;
}
