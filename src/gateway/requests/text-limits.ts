import { GraphQLError } from 'graphql';
import { BitqlError } from '../../errors.ts';

/** Brackets in each other: parsers call themselves for each, and have only so much room. */
export const MAX_NESTING = 64;
/** Of a name, in characters: answers repeat it for each item of a list. */
export const MAX_NAME = 128;

/**
 * A block string, a string, a comment, a name or number, or a bracket. What has no end is taken to the end of its line, or of the
 * text, so that nothing is looked at twice.
 */
const PIECES = /"""(?:\\"""|[^"\\]|\\(?!""")|"(?!""))*(?:""")?|"(?:\\.|[^"\\\n\r])*"?|#[^\n\r]*|\w+|[{[(]|[}\])]/g;

/** What is too deep or too long to be parsed; null where a text is not. In linear time. */
export function exceededText(text: string): GraphQLError | null {
  let depth = 0;
  for (const { 0: piece } of text.matchAll(PIECES)) {
    if (piece.length > MAX_NAME && isName(piece))
      return exceeded(`The text has a name of more than ${MAX_NAME} characters.`);
    if ('{[('.includes(piece)) depth += 1;
    else if ('}])'.includes(piece)) depth -= 1;
    if (depth > MAX_NESTING) return exceeded(`The text has more than ${MAX_NESTING} nested brackets.`);
  }
  return null;
}

function isName(piece: string): boolean {
  return !piece.startsWith('"') && !piece.startsWith('#');
}

function exceeded(message: string): GraphQLError {
  return new GraphQLError(message, { originalError: new BitqlError('LIMIT_EXCEEDED', message) });
}
