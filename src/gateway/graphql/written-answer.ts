import { stringifyChunked } from '@discoveryjs/json-ext';
import type { FormattedExecutionResult } from 'graphql';
import type { Lane } from '../limits/lane.ts';

/** Length of a piece of text, in characters. */
const PIECE = 32 * 1024;

/** A large answer that is serialised already and can be sent piece by piece. */
export class WrittenAnswer {
  /** JSON in UTF-8. */
  readonly json: Buffer;

  constructor(json: Buffer) {
    this.json = json;
  }
}

/**
 * An answer as JSON in UTF-8, serialised a piece at a time, so that others get their turn in between.
 * @param end text to append
 */
export async function writtenAnswer(result: FormattedExecutionResult, lane: Lane, end = ''): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for (const piece of stringifyChunked(result, { highWaterMark: PIECE })) {
    pieces.push(Buffer.from(piece));
    const turn = lane.goOn();
    if (turn !== null) await turn;
  }
  return Buffer.concat([...pieces, Buffer.from(end)]);
}
