import type { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** A part of a line in a style, where that can be shown. */
export interface Styled {
  readonly style: Style;
  readonly text: string;
}

/**
 * A line for a terminal, or its parts. What strangers wrote may be in it as it is: the terminal escapes what it would obey,
 * breaks of lines among them.
 */
export type Line = string | readonly (string | Styled)[];

export function styled(style: Style, text: string): Styled {
  return { style, text };
}

/** The lines of a text of our own, or of indented JSON, whose texts have no breaks of lines. */
export function linesOf(text: string): string[] {
  return text.split('\n');
}
