/** What a program printed, as part of a message. */
export function oneLine(output: string): string {
  return output
    .trim()
    .split(/\s*\n\s*/)
    .join(' | ');
}
