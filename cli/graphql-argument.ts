import { text } from 'node:stream/consumers';
import { isJsonObject, type JsonObject, parsedJson } from '../src/json.ts';
import type { Option } from '../src/settings/option.ts';
import { UsageError } from './usage-error.ts';

export const VARIABLES_OPTION: Option<JsonObject | null> = {
  placeholder: 'JSON',
  fallback: null,
  fallbackText: null,
  expected: 'a JSON object such as \'{ "height": 357238 }\'',
  description: 'The variables of the query.',
  environment: false,
  parse: parseObject,
};

/** The GraphQL text that a command was given: itself, or "-" for standard input. */
export async function graphqlText(argument: string, command: string): Promise<string> {
  const source = argument === '-' ? await text(process.stdin) : argument;
  if (source.trim() === '') throw new UsageError(['The query is empty.'], command);
  return source;
}

/** Undefined for what is no JSON object. */
export function parseObject(json: string): JsonObject | undefined {
  const value = parsedJson(json);
  return isJsonObject(value) ? value : undefined;
}
