import { environmentName, flagName, type Option, type Options } from '../src/settings/option.ts';
import type { Command } from './command.ts';

/** Columns of a help text. */
const WIDTH = 100;
const INDENT = '  ';

/** The help of the program: its commands. */
export function programHelp(commands: readonly Command[]): string {
  return [
    'BitQL indexes a bitcoind (BTC, BCH or BSV) and answers questions about its chain in GraphQL.',
    '',
    'Usage: bitql COMMAND [--flags]',
    '',
    'Commands:',
    ...columns(commands.map(({ name, summary }) => [name, summary])),
    '',
    'bitql COMMAND --help shows the flags of a command, with examples. Every setting is also an environment variable:',
    '--store is BITQL_STORE. A flag overrides the environment.',
    '',
    'To start, try "bitql demo": it needs nothing else, indexes one real block and serves it.',
  ].join('\n');
}

/** The help of a command: its flags, their environment variables and defaults, and examples. */
export function commandHelp(command: Command): string {
  const { description, actions, examples, options } = command;
  return [
    `Usage: ${usageOf(command)} [--flags]`,
    '',
    ...wrap(description, WIDTH),
    '',
    ...(actions === undefined
      ? []
      : ['Actions, and their flags beyond those below:', ...actionLines(actions, options), '']),
    'Examples:',
    ...examples.flatMap(([line, meaning]) => [`${INDENT}${line}`, `${INDENT}${INDENT}${meaning}`]),
    '',
    'Flags:',
    ...optionLines(options),
  ].join('\n');
}

/** The usage of a command, without its flags. @param program the name that is typed for it */
export function usageOf({ name, argument, actions }: Command, program = 'bitql'): string {
  const more = argument?.several ? '...' : '';
  const placeholder = actions === undefined ? argument && `${argument.placeholder}${more}` : 'ACTION';
  if (placeholder === null) return `${program} ${name}`;
  return `${program} ${name} ${argument?.required ? placeholder : `[${placeholder}]`}`;
}

/** The actions of a command, each with the flags that the command itself does not take. */
function actionLines(actions: readonly Command[], common: Options): string[] {
  const flagsOf = ({ options }: Command) =>
    Object.entries(options).flatMap(([name, option]) => (name in common ? [] : [`[${headOf(name, option)}]`]));
  return columns(actions.map((action) => [usageOf(action), [action.summary, ...flagsOf(action)].join(' ')]));
}

function optionLines(options: Options): string[] {
  const lines = Object.entries(options).map(
    ([name, option]) => [headOf(name, option), `${option.description}${remark(name, option)}`] as const,
  );
  return columns([...lines, ['--help', 'Shows this.']]);
}

/** Lines of two columns, of which the second is wrapped. */
function columns(rows: readonly (readonly [head: string, text: string])[]): string[] {
  const column = Math.max(...rows.map(([head]) => head.length)) + INDENT.length + 2;
  return rows.flatMap(([head, text]) =>
    wrap(text, WIDTH - column).map((part, i) => `${(i === 0 ? INDENT + head : '').padEnd(column)}${part}`),
  );
}

function headOf(name: string, { placeholder }: Option<unknown>): string {
  return placeholder === null ? flagName(name) : `${flagName(name)} ${placeholder}`;
}

function remark(name: string, { environment, fallbackText }: Option<unknown>): string {
  const fallback = fallbackText === null ? '' : `default ${fallbackText}`;
  const parts = [fallback, environment ? environmentName(name) : ''].filter((part) => part !== '');
  return parts.length === 0 ? '' : ` [${parts.join('; ')}]`;
}

/** Breaks a text into lines at spaces. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}
