import { GraphQLError } from 'graphql';
import { BitqlError } from '../../errors.ts';

/** Brackets in each other: parsers call themselves for each, and have only so much room. */
export const MAX_NESTING = 64;

/** A string or block string of GraphQL, a comment, or a bracket. */
const PIECES = /"""(?:\\"""|[\s\S])*?"""|"(?:\\.|[^"\\\n\r])*"|#[^\n\r]*|[{[(]|[}\])]/g;

/** What is too deep to be parsed; null where a text is not. In linear time. */
export function exceededNesting(text: string): GraphQLError | null {
  let depth = 0;
  for (const { 0: piece } of text.matchAll(PIECES)) {
    if ('{[('.includes(piece)) depth += 1;
    else if ('}])'.includes(piece)) depth -= 1;
    if (depth <= MAX_NESTING) continue;
    const message = `The text has more than ${MAX_NESTING} brackets in each other.`;
    return new GraphQLError(message, { originalError: new BitqlError('LIMIT_EXCEEDED', message) });
  }
  return null;
}
