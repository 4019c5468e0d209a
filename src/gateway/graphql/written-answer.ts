import { stringifyChunked } from '@discoveryjs/json-ext';
import type { FormattedExecutionResult } from 'graphql';
import type { Lane } from '../limits/lane.ts';

/** Of a piece of text, in characters. */
const PIECE = 32 * 1024;

/** A large answer that is written already: whoever sends it need not do that in one go. */
export class WrittenAnswer {
  /** JSON in UTF-8. */
  readonly json: Buffer;

  constructor(json: Buffer) {
    this.json = json;
  }
}

/**
 * An answer as JSON in UTF-8, written a piece at a time, so that others have their turn in between.
 * @param end what follows it
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
