import type { Options, ValuesOf } from '../src/settings/option.ts';
import type { Terminal } from './terminal.ts';

/** What a command is run with. */
export interface Invocation<O extends Options = Options> {
  readonly options: ValuesOf<O>;
  /** The argument that is no flag, the first of several; an empty text where none was given. */
  readonly argument: string;
  /** All arguments that are no flags. */
  readonly args: readonly string[];
  readonly terminal: Terminal;
}

/** A subcommand. */
export interface Command<O extends Options = Options> {
  readonly name: string;
  /** One line for the list of commands. */
  readonly summary: string;
  /** What it does, for its own help. */
  readonly description: string;
  /** What stands for its argument in its help, and whether it takes several [one]; null if it takes none. */
  readonly argument: { readonly placeholder: string; readonly required: boolean; readonly several?: true } | null;
  /** Its own subcommands, whose names begin with its name and a space [none]. */
  readonly actions?: readonly Command[];
  /** Command lines with what they do. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[];
  readonly options: O;
  /** @returns the exit code */
  run(invocation: Invocation<O>): Promise<number>;
}

/** Ties the type of `run` to the options. */
export function defineCommand<O extends Options>(command: Command<O>): Command<O> {
  return command;
}
