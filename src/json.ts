export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether a JSON value is an object, not a list. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value of a JSON text; undefined if it is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The object in a JSON text; null for other values.
 * @throws Error with a clause in our words on why it is not JSON, and the place if the parser reports one
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
