import { isJsonObject, type JsonObject } from '../json.ts';

/**
 * The object that a text of JSON is; null for other values.
 * @throws Error that says in our words why it is no JSON: a clause, with the place where the parser tells one
 */
export function jsonObject(text: string): JsonObject | null {
  const value = parsed(text);
  return isJsonObject(value) ? value : null;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (text.trim() === '') throw new Error('it is empty, and should be JSON');
    const place = /\(line (\d+) column (\d+)\)/.exec((error as Error).message);
    throw new Error(
      place === null ? 'it is not JSON' : `it is not JSON: the mistake is at line ${place[1]}, column ${place[2]}`,
    );
  }
}
