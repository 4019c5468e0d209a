/**
 * What a terminal would obey rather than show, and what cannot be seen: control characters, breaks of lines, changes of direction,
 * characters of no width. Selectors of emoji's looks stay.
 */
const UNSHOWN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

/**
 * The text with each character that a terminal would obey as JSON escapes it (\u001b): what strangers, nodes and databases say is
 * shown and no more. It is one line; of a line of JSON, it is the same JSON. What goes to a terminal or a log goes through here.
 */
export function escapeControls(text: string): string {
  return text.replace(UNSHOWN, (character) => character.split('').map(escaped).join(''));
}

/** @param unit of UTF-16, as JSON has it */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
