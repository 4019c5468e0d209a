/** A parser of a setting: undefined for a text that is no such value. */
export type Parser<T> = (text: string) => T | undefined;

/** A whole number within bounds, both inclusive, in decimal digits. */
export function wholeNumber(min: number, max: number): Parser<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    return value >= min && value <= max ? value : undefined;
  };
}

/** One of a few words. */
export function oneOf<const W extends string>(words: readonly W[]): Parser<W> {
  return (text) => words.find((word) => word === text);
}

/** An address on the web: http or https, with a login that can be decoded if it has one. */
export function webAddress(text: string): string | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || url.hostname === '') return undefined;
  return isDecodable(url.username) && isDecodable(url.password) ? text : undefined;
}

/** Whether every % begins the encoding of a character. */
function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

/** Any text but none. */
export function anyText(text: string): string | undefined {
  return text === '' ? undefined : text;
}
