import { errorCode } from '../src/errors.ts';
import { fileFailure } from '../src/failures/system.ts';
import { packageVersion } from '../src/package-root.ts';
import { closest, type Environment, readOptions } from '../src/settings/read.ts';
import type { Command } from './command.ts';
import { demo } from './commands/demo.ts';
import { dev } from './commands/dev.ts';
import { importFiles } from './commands/import.ts';
import { index } from './commands/index.ts';
import { keys } from './commands/keys.ts';
import { operator } from './commands/operator.ts';
import { query } from './commands/query.ts';
import { reindex } from './commands/reindex.ts';
import { serve } from './commands/serve.ts';
import { status } from './commands/status.ts';
import { up } from './commands/up.ts';
import { verifyStore } from './commands/verify-store.ts';
import { watch } from './commands/watch.ts';
import { fullStack } from './full-stack.ts';
import { commandHelp, programHelp } from './help.ts';
import { linesOf, styled } from './line.ts';
import { programName, programNote } from './program-name.ts';
import { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

/** All there are. */
export const COMMANDS: readonly Command[] = [
  demo,
  up,
  index,
  importFiles,
  serve,
  query,
  watch,
  status,
  verifyStore,
  reindex,
  keys,
  dev,
  operator,
];

const FAILURE = 1;
const WRONG_USAGE = 2;

/**
 * The `bitql` command.
 * @returns the exit code: 0; 1 for a failure; 2 for a command line that cannot be used; 3 where verify-store finds damage
 */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  const terminal = new Terminal(process.stdout, process.stderr);
  try {
    return await run(args, env, terminal);
  } catch (error) {
    if (error instanceof UsageError) {
      noteMistakes(error, terminal);
      return WRONG_USAGE;
    }
    noteFailure(error, true, terminal);
    return FAILURE;
  }
}

async function run([name, ...rest]: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  if (name === '--version' || name === '-v') {
    terminal.print(packageVersion());
    return 0;
  }
  const isHelp = name === undefined || name === 'help' || name === '--help' || name === '-h';
  if (isHelp && (name !== 'help' || rest.length === 0)) {
    printHelp(programHelp(COMMANDS), terminal);
    return name === undefined ? WRONG_USAGE : 0;
  }
  const { command, args } = commandOf(isHelp ? rest : [name, ...rest]);
  if (isHelp || asksForHelp(args)) {
    printHelp(commandHelp(command), terminal);
    return 0;
  }
  return runCommand(command, args, env, terminal);
}

function printHelp(text: string, terminal: Terminal): void {
  terminal.print(...linesOf(text));
  const note = programNote(text);
  if (note !== null) terminal.print('', note);
}

/** What stands behind "--" is no flag. */
function asksForHelp(args: readonly string[]): boolean {
  const flags = args.includes('--') ? args.slice(0, args.indexOf('--')) : args;
  return flags.includes('--help') || flags.includes('-h');
}

async function runCommand(
  command: Command,
  args: readonly string[],
  env: Environment,
  terminal: Terminal,
): Promise<number> {
  const { values, positionals, mistakes, warnings } = readOptions(command.options, args, env);
  const all = [...mistakes, ...argumentMistakes(command, positionals)];
  if (all.length > 0) throw new UsageError(all, command.name);
  for (const warning of warnings) terminal.note([styled('yellow', 'warning'), ` ${warning}`]);
  try {
    return await command.run({ options: values, argument: positionals[0] ?? '', args: positionals, terminal });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    noteFailure(firstOf(error), values.logLevel === 'debug', terminal);
    return FAILURE;
  }
}

/** What went wrong at first, where closing what was open failed as well. */
function firstOf(error: unknown): unknown {
  return error instanceof SuppressedError ? firstOf(error.suppressed) : error;
}

/** The command, or the action of one, that the words begin with, and what follows. */
function commandOf([name = '', ...rest]: readonly string[]): { command: Command; args: readonly string[] } {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  if (command === undefined) throw unknownWord(name, COMMANDS, 'a command');
  const [word, ...args] = rest;
  const { actions } = command;
  if (actions === undefined || word === undefined || word.startsWith('-')) return { command, args: rest };
  const action = actions.find((candidate) => candidate.name === `${name} ${word}`);
  if (action === undefined) throw unknownWord(word, actions, 'an action', name);
  return { command: action, args };
}

function unknownWord(
  word: string,
  known: readonly Command[],
  what: 'a command' | 'an action',
  command?: string,
): UsageError {
  const names = known.map(({ name }) => name.slice(name.lastIndexOf(' ') + 1));
  const guess = closest(word, command === undefined ? [...names, 'help'] : names);
  const hint = guess === undefined ? `the ${what.split(' ')[1]}s are ${names.join(', ')}.` : `did you mean ${guess}?`;
  return new UsageError([`"${word}" is not ${what}: ${hint}`], command);
}

function argumentMistakes({ name, argument, actions }: Command, positionals: readonly string[]): string[] {
  if (actions !== undefined) return positionals.map((text) => `"${text}" must follow "${name}" directly.`);
  if (argument?.required && positionals.length === 0) return [`${argument.placeholder} is missing.`];
  if (argument?.several) return [];
  return positionals.slice(argument === null ? 0 : 1).map((text) => `"${text}" is one argument too many.`);
}

function noteMistakes({ mistakes, command }: UsageError, terminal: Terminal): void {
  for (const mistake of mistakes) terminal.note([styled('red', 'error'), ` ${mistake}`]);
  terminal.note(`See ${programName()} ${command === undefined ? '' : `${command} `}--help.`);
}

/** Where a file is the reason, a user may mend it; all else is for whoever mends BitQL. */
function unforeseen(failure: NodeJS.ErrnoException): string {
  const { path, message } = failure;
  if (path !== undefined) return `${path} cannot be used: ${fileFailure(failure)}.`;
  return `An unexpected error occurred (${message}). Please report it together with the following lines.`;
}

/** One message with its code. The stack is only for who looks for a bug: where asked for, or where nobody foresaw it. */
function noteFailure(error: unknown, withStack: boolean, terminal: Terminal): void {
  const failure = error instanceof Error ? error : new Error(String(error));
  const code = errorCode(error);
  const told = code === undefined ? unforeseen(failure) : `${failure.message} (${code})`;
  terminal.status('');
  terminal.note([styled('red', 'error'), ` ${told}`]);
  const note = programNote(told);
  if (note !== null) terminal.note(note);
  if (withStack || code === undefined) terminal.note(...fullStack(failure));
}
