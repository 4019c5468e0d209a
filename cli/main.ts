import { packageVersion } from '../src/package-root.ts';
import { closest, type Environment, readOptions } from '../src/settings/read.ts';
import { type Command, programNote, UsageError } from './command.ts';
import { demo } from './commands/demo.ts';
import { dev } from './commands/dev.ts';
import { explainFilter } from './commands/explain.ts';
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
import { firstOf, noteFailure, noteMistakes } from './failure-notes.ts';
import { commandHelp, programHelp } from './help.ts';
import { linesOf, styled, Terminal } from './terminal.ts';

/** All commands, in the order of the help. */
export const COMMANDS: readonly Command[] = [
  demo,
  up,
  index,
  importFiles,
  serve,
  query,
  explainFilter,
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
 * @returns the exit code: 0; 1 for a failure; 2 for a command line that cannot be used; 3 if verify-store finds damage
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
  terminal.printAll(linesOf(text));
  const note = programNote(text);
  if (note !== null) terminal.print('', note);
}

/** Arguments after "--" are not flags. */
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

/** The command or action that the words begin with, and the arguments after it. */
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
