/** What a terminal would obey rather than show: control characters, breaks of lines, changes of direction. */
const UNSHOWN = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * The text with each character that a terminal would obey as JSON escapes it (\u001b): what strangers write into the chain
 * is shown and no more. Of a JSON text on one line, it is the same JSON.
 */
export function harmless(text: string): string {
  return text.replace(UNSHOWN, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
