import { parseArgs } from 'node:util';
import { ENVIRONMENT_PREFIX, environmentName, flagName, type Option, type Options, type ValuesOf } from './option.ts';
import { SETTINGS } from './settings.ts';

/** What a command line and an environment contain. `mistakes` has all mistakes, not only the first. */
interface ReadSettings<O extends Options> {
  readonly values: ValuesOf<O>;
  readonly positionals: readonly string[];
  readonly mistakes: readonly string[];
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

interface Given {
  /** The name of the option. */
  readonly name: string;
  /** The flag or variable that gave it. */
  readonly source: string;
  readonly text: string | undefined;
}

/** Reads the options of a command: flags first, then the environment, then the defaults. */
export function readOptions<O extends Options>(options: O, args: readonly string[], env: Environment): ReadSettings<O> {
  const mistakes: string[] = [];
  const { flags, positionals } = readFlags(options, args, mistakes);
  const given = new Map(readEnvironment(options, env).map((value) => [value.name, value]));
  for (const flag of flags) given.set(flag.name, flag);
  const values = Object.entries(options).map(([name, option]) => {
    const source = given.get(name);
    return [name, source === undefined ? option.fallback : readValue(option, source, mistakes)];
  });
  return {
    values: Object.fromEntries(values) as ValuesOf<O>,
    positionals,
    mistakes,
    warnings: unknownVariables(env),
  };
}

function readFlags(
  options: Options,
  args: readonly string[],
  mistakes: string[],
): { flags: Given[]; positionals: string[] } {
  const names = new Map(Object.keys(options).map((name) => [flagName(name).slice(2), name]));
  const config = Array.from(names, ([flag, name]) => {
    return [flag, { type: options[name]!.placeholder === null ? 'boolean' : 'string' }] as const;
  });
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(config),
    strict: false,
    tokens: true,
    allowPositionals: true,
  });
  const flags: Given[] = [];
  const positionals: string[] = [];
  let followsUnknown = false;
  for (const token of tokens) {
    // The word after an unknown flag is most likely its value.
    if (token.kind === 'positional' && !followsUnknown) positionals.push(token.value);
    followsUnknown = false;
    if (token.kind !== 'option') continue;
    const name = token.rawName.startsWith('--') ? names.get(token.name) : undefined;
    followsUnknown = name === undefined;
    if (name === undefined) mistakes.push(unknownFlag(token.rawName, options));
    else flags.push({ name, source: token.rawName, text: token.value });
  }
  return { flags, positionals };
}

/** An empty variable counts as unset: that is how compose files and manifests leave one out. */
function readEnvironment(options: Options, env: Environment): Given[] {
  return Object.keys(options)
    .filter((name) => options[name]!.environment)
    .map((name) => ({ name, source: environmentName(name), text: env[environmentName(name)] }))
    .filter(({ text }) => text !== undefined && text !== '');
}

/** The value itself is never shown: it may hold a password. */
function readValue(option: Option<unknown>, { source, text }: Given, mistakes: string[]): unknown {
  const takesNone = option.placeholder === null;
  if (takesNone && text === undefined) return option.parse('');
  const value = takesNone || text === undefined ? undefined : option.parse(text);
  if (value !== undefined) return value;
  const problem = text === undefined ? 'needs a value, ' : 'must be ';
  mistakes.push(`${source} ${problem}${option.expected}.`);
  return option.fallback;
}

function unknownFlag(flag: string, options: Options): string {
  const guess = closest(flag, [...Object.keys(options).map(flagName), '--help']);
  return `${flag} is not a flag of this command${guess === undefined ? '.' : `: did you mean ${guess}?`}`;
}

function unknownVariables(env: Environment): string[] {
  const known = Object.keys(SETTINGS).map(environmentName);
  return Object.keys(env)
    .filter((name) => name.startsWith(ENVIRONMENT_PREFIX) && !known.includes(name))
    .map((name) => {
      const guess = closest(name, known);
      return `${name} is not a setting and changes nothing${guess === undefined ? '.' : `: did you mean ${guess}?`}`;
    });
}

/** The candidate that a mistyped word most likely means; undefined if none is near. */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const limit = Math.max(1, Math.floor(word.length / 3));
  const [best] = candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance);
  return best?.candidate;
}

/** How many letters have to be inserted, removed, replaced or swapped with their neighbour (Damerau, Levenshtein). */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwap ? rows[i - 2]![j - 2]! + 1 : Number.POSITIVE_INFINITY;
      row.push(Math.min(replaced, swapped, rows[i - 1]![j]! + 1, row[j - 1]! + 1));
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
