import { requestFailure } from '../failures/network.ts';
import { Deadline } from '../waiting.ts';
import { NoAnswer } from './result.ts';

/** Limits of an answer. */
export interface AnswerLimits {
  /** Time until the whole answer has arrived. */
  readonly timeoutMs: number;
  /** Size of its body, decompressed. */
  readonly maxBytes: number;
  /** Ends it, with its reason. */
  readonly signal?: AbortSignal;
}

export interface TextAnswer {
  readonly ok: boolean;
  /** The HTTP status. */
  readonly status: number;
  readonly text: string;
}

/**
 * The whole answer of a server.
 * @throws NoAnswer; the reason of the signal
 */
export async function fetchText(
  url: string | URL,
  request: RequestInit,
  { timeoutMs, maxBytes, signal }: AnswerLimits,
): Promise<TextAnswer> {
  const tooLong = () => new NoAnswer('too long', `it is longer than ${maxBytes} bytes`);
  using deadline = new Deadline(timeoutMs, () => new NoAnswer('late', 'it did not answer in time'), signal);
  try {
    const { ok, status, body } = await fetch(url, { ...request, signal: deadline.signal });
    return { ok, status, text: await boundedText(body, maxBytes, tooLong) };
  } catch (error) {
    deadline.signal.throwIfAborted();
    throw error instanceof NoAnswer ? error : new NoAnswer('unreachable', requestFailure(error), error);
  }
}

/**
 * The text of a body that may be endless. The rest of a body that is too long is not read.
 * @param maxBytes limit of the bytes as read, decompressed
 * @param tooLong makes the error for a longer body
 */
export async function boundedText(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  tooLong: () => Error,
): Promise<string> {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let text = '';
  let size = 0;
  for await (const piece of body ?? []) {
    size += piece.length;
    if (size > maxBytes) throw tooLong();
    text += decoder.decode(piece, { stream: true });
  }
  return text + decoder.decode();
}
