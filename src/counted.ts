/** A number of things, in words: "1 block", "2 blocks"; or "1,000 blocks" if the number is given as text. */
export function counted(count: number, what: string, shown = String(count)): string {
  return `${shown} ${what}${count === 1 ? '' : 's'}`;
}
