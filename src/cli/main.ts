import { errorCode } from '../errors.ts';
import { packageVersion } from '../gateway/package-root.ts';
import { closest } from '../settings/closest.ts';
import { type Environment, readOptions } from '../settings/read.ts';
import type { Command } from './command.ts';
import { demo } from './commands/demo.ts';
import { importFiles } from './commands/import.ts';
import { index } from './commands/index.ts';
import { query } from './commands/query.ts';
import { serve } from './commands/serve.ts';
import { status } from './commands/status.ts';
import { up } from './commands/up.ts';
import { fullStack } from './full-stack.ts';
import { commandHelp, programHelp } from './help.ts';
import { Terminal } from './terminal.ts';
import { UsageError } from './usage-error.ts';

const COMMANDS: readonly Command[] = [demo, up, index, importFiles, serve, query, status];

const FAILURE = 1;
const WRONG_USAGE = 2;

/**
 * The `bitql` command.
 * @returns the exit code: 0; 1 for a failure; 2 for a command line that cannot be used
 */
export async function main(args: readonly string[], env: Environment): Promise<number> {
  const terminal = new Terminal(process.stdout, process.stderr);
  try {
    return await run(args, env, terminal);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    noteMistakes(error, terminal);
    return WRONG_USAGE;
  }
}

async function run([name, ...rest]: readonly string[], env: Environment, terminal: Terminal): Promise<number> {
  if (name === '--version' || name === '-v') {
    terminal.print(packageVersion());
    return 0;
  }
  const isHelp = name === undefined || name === 'help' || name === '--help' || name === '-h';
  const wanted = name === 'help' ? rest[0] : name;
  if (isHelp && (name !== 'help' || wanted === undefined)) {
    terminal.print(programHelp(COMMANDS));
    return name === undefined ? WRONG_USAGE : 0;
  }
  const command = commandNamed(wanted ?? '');
  if (isHelp || rest.includes('--help') || rest.includes('-h')) {
    terminal.print(commandHelp(command));
    return 0;
  }
  return runCommand(command, rest, env, terminal);
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
  for (const warning of warnings) terminal.note(`${terminal.styledNote('yellow', 'warning')} ${warning}`);
  try {
    return await command.run({ options: values, argument: positionals[0] ?? '', terminal });
  } catch (error) {
    if (error instanceof UsageError) throw error;
    noteFailure(error, values.logLevel === 'debug', terminal);
    return FAILURE;
  }
}

function commandNamed(name: string): Command {
  const found = COMMANDS.find((command) => command.name === name);
  if (found !== undefined) return found;
  const names = COMMANDS.map((command) => command.name);
  const guess = closest(name, [...names, 'help']);
  const hint = guess === undefined ? `the commands are ${names.join(', ')}.` : `did you mean ${guess}?`;
  throw new UsageError([`"${name}" is not a command: ${hint}`]);
}

function argumentMistakes({ argument }: Command, positionals: readonly string[]): string[] {
  if (argument?.required && positionals.length === 0) return [`${argument.placeholder} is missing.`];
  return positionals.slice(argument === null ? 0 : 1).map((text) => `"${text}" is one argument too many.`);
}

function noteMistakes({ mistakes, command }: UsageError, terminal: Terminal): void {
  for (const mistake of mistakes) terminal.note(`${terminal.styledNote('red', 'error')} ${mistake}`);
  terminal.note(`See bitql ${command === undefined ? '' : `${command} `}--help.`);
}

/** One message with its code. The stack is only for who looks for a bug: where asked for, or where nobody foresaw it. */
function noteFailure(error: unknown, withStack: boolean, terminal: Terminal): void {
  const code = errorCode(error);
  const failure = error instanceof Error ? error : new Error(String(error));
  terminal.status('');
  terminal.note(`${terminal.styledNote('red', 'error')} ${failure.message}${code === undefined ? '' : ` (${code})`}`);
  if (withStack || code === undefined) terminal.note(fullStack(failure));
}
