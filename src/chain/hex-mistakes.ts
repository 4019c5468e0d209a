/** What is wrong with a text that should be the hash of a block or a transaction; null if nothing. */
export function hashMistake(text: string): string | null {
  if (text === '') return 'it is empty';
  if (hasPrefix(text)) return WITHOUT_PREFIX;
  if (text.length !== 64) return `it has ${text.length} ${text.length === 1 ? 'character' : 'characters'}`;
  return strayCharacter(text);
}

/** What is wrong with a text that should be bytes in hexadecimal; null if nothing. */
export function hexMistake(text: string): string | null {
  if (hasPrefix(text)) return WITHOUT_PREFIX;
  const stray = strayCharacter(text);
  if (stray !== null) return stray;
  return text.length % 2 === 0 ? null : `it has an odd number of digits: ${text.length}`;
}

const WITHOUT_PREFIX = 'leave out "0x"';

function hasPrefix(text: string): boolean {
  return /^0x/i.test(text);
}

function strayCharacter(text: string): string | null {
  const stray = /[^0-9a-f]/iu.exec(text);
  return stray === null ? null : `${JSON.stringify(stray[0])} is not a hexadecimal digit`;
}
