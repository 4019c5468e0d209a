import { type Parser, wholeNumber } from './parsers.ts';

/** One thing that can be set on the command line; a setting can be set in the environment as well. */
export interface Option<T> {
  /** The placeholder of the value in a help text; null for a switch, which takes none. */
  readonly placeholder: string | null;
  /** The default value. */
  readonly fallback: T;
  /** The default as a help text shows it; null for none. */
  readonly fallbackText: string | null;
  /** What a value has to be, as in "must be ...". */
  readonly expected: string;
  readonly description: string;
  /** Whether an environment variable sets it too. */
  readonly environment: boolean;
  /** The value of a text; undefined if it is invalid. */
  parse(text: string): T | undefined;
}

/** Options by name, in camel case. Flags and environment variables are named after it. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values of options. */
export type ValuesOf<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** An option without a value. */
export function switchOption(description: string): Option<boolean> {
  return {
    placeholder: null,
    fallback: false,
    fallbackText: null,
    expected: 'given without a value',
    description,
    environment: false,
    parse: () => true,
  };
}

interface SettingText {
  readonly placeholder: string;
  readonly expected: string;
  readonly description: string;
}

/** A setting with a default, written as a user would write it. */
export function setting<T>(parse: Parser<T>, fallbackText: string, text: SettingText): Option<T> {
  const fallback = parse(fallbackText);
  if (fallback === undefined) throw new Error(`The default ${fallbackText} is not ${text.expected}.`);
  return { ...text, parse, fallback, fallbackText, environment: true };
}

/** A setting that is null if it is not given. */
export function optionalSetting<T>(parse: Parser<T>, text: SettingText): Option<T | null> {
  return { ...text, parse, fallback: null, fallbackText: null, environment: true };
}

/** A setting that is a whole number within bounds, both inclusive. */
export function number(
  placeholder: string,
  fallback: number,
  [min, max]: readonly [min: number, max: number],
  description: string,
): Option<number> {
  const expected = `a whole number from ${min} to ${max}`;
  return setting(wholeNumber(min, max), String(fallback), { placeholder, expected, description });
}

/** `--scan-budget` for `scanBudget`. */
export function flagName(name: string): string {
  return `--${kebab(name)}`;
}

/** `BITQL_SCAN_BUDGET` for `scanBudget`. */
export function environmentName(name: string): string {
  return `${ENVIRONMENT_PREFIX}${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}

export const ENVIRONMENT_PREFIX = 'BITQL_';

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
