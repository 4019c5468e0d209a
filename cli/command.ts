import type { Options, ValuesOf } from '../src/settings/option.ts';
import type { Environment } from '../src/settings/read.ts';
import type { Terminal } from './terminal.ts';

/** The options and arguments of a command line, and the terminal. */
export interface Invocation<O extends Options = Options> {
  readonly options: ValuesOf<O>;
  /** The first argument that is not a flag; an empty text if there is none. */
  readonly argument: string;
  /** All arguments that are not flags. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
}

/** A subcommand. */
export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** Several lines for its own help. */
  readonly description: string;
  /** The placeholder of its argument in its help, and whether it takes several [one]; null if it takes none. */
  readonly argument: { readonly placeholder: string; readonly required: boolean; readonly several?: true } | null;
  /** Its subcommands, whose names begin with its name and a space [none]. */
  readonly actions?: readonly Command[];
  /** Command lines and their meanings. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[];
  readonly options: O;
  /** @returns the exit code */
  run(invocation: Invocation<O>): Promise<number>;
}

/** Ties the type of `run` to the options. */
export function defineCommand<O extends Options>(command: Command<O>): Command<O> {
  return command;
}

/** All mistakes of a command line or an environment that cannot be used. Exit code 2. */
export class UsageError extends Error {
  readonly code = 'BAD_SETTING';
  readonly retryable = false;
  readonly mistakes: readonly string[];
  /** The command whose help says more; undefined for the help of the program. */
  readonly command: string | undefined;

  constructor(mistakes: readonly string[], command?: string) {
    super(mistakes.join(' '));
    this.name = 'UsageError';
    this.mistakes = mistakes;
    this.command = command;
  }
}

/** What a user types to call `bitql` again from the same place: npm may find the program where the shell does not. */
export function programName(env: Environment = process.env): string {
  const { npm_lifecycle_event: script, npm_package_name: name } = env;
  if (script === undefined) return 'bitql';
  // npm calls a program that npx starts a script too.
  return name === 'bitql' && script !== 'npx' ? 'npm run -s bitql --' : 'npx bitql';
}

/** The note below a text with commands that says what to type for "bitql"; null if it can be typed as it is. */
export function programNote(text: string): string | null {
  const name = programName();
  return name === 'bitql' || !/\bbitql [a-zA-Z-]/.test(text) ? null : `Here, type "${name}" for "bitql".`;
}
