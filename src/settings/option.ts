/** One thing that can be set on the command line; a setting can be set in the environment as well. */
export interface Option<T> {
  /** What stands for the value in a help text; null for a switch, which takes none. */
  readonly placeholder: string | null;
  /** The value where none is given. */
  readonly fallback: T;
  /** The default as a help text shows it; null for none. */
  readonly fallbackText: string | null;
  /** What a value has to be, as in "must be ...". */
  readonly expected: string;
  readonly description: string;
  /** Whether an environment variable sets it too. */
  readonly environment: boolean;
  /** The value that the text stands for; undefined if it stands for none. */
  parse(text: string): T | undefined;
}

/** Options by name, in camel case. Flags and environment variables are named after it. */
export type Options = Readonly<Record<string, Option<unknown>>>;

/** The values of options. */
export type ValuesOf<O extends Options> = { readonly [K in keyof O]: O[K] extends Option<infer T> ? T : never };

/** An option that takes no value: it is there or it is not. */
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
