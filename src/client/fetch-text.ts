import { requestFailure } from '../failures/network.ts';
import { Deadline } from '../waiting.ts';
import { boundedText } from './bounded-text.ts';
import { NoAnswer } from './failures.ts';

/** What an answer may take. */
export interface AnswerLimits {
  /** Until it is there, whole. */
  readonly timeoutMs: number;
  /** Of its body, decompressed. */
  readonly maxBytes: number;
  /** Ends it, with its reason. */
  readonly signal?: AbortSignal;
}

export interface TextAnswer {
  readonly ok: boolean;
  /** Of HTTP. */
  readonly status: number;
  readonly text: string;
}

/** What a server answers, whole. @throws NoAnswer; the reason of the signal */
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
