/** Whether a text may be a place among events: what can stand in a header, and on a command line as it is. */
export function isCursor(text: string): boolean {
  return /^[\w-]+$/.test(text);
}
