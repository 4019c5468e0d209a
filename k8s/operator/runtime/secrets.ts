import type { ApiObject } from './resource.ts';

/** A Secret as far as it is read. */
export interface SecretObject extends ApiObject {
  readonly data?: Readonly<Record<string, string>>;
}

/** The text under a key; undefined where there is no Secret, no such key, or an empty text. */
export function secretText(secret: SecretObject | null, key: string): string | undefined {
  const value = secret?.data?.[key];
  return value === undefined || value === '' ? undefined : Buffer.from(value, 'base64').toString();
}

/** Texts as `data` of a Secret holds them. */
export function encoded(texts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]));
}
