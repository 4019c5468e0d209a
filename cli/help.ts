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
    ...summaries(commands.map((command) => [command.name, command])),
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
      : ['Actions:', ...summaries(actions.map((action) => [usageOf(action), action])), '']),
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

function summaries(commands: readonly (readonly [head: string, command: Command])[]): string[] {
  const column = Math.max(...commands.map(([head]) => head.length)) + 2;
  return commands.map(([head, { summary }]) => `${INDENT}${head.padEnd(column)}${summary}`);
}

function optionLines(options: Options): string[] {
  const heads = Object.entries(options).map(([name, option]) => ({ head: headOf(name, option), name, option }));
  const column = Math.max(...heads.map(({ head }) => head.length), '--help'.length) + INDENT.length + 2;
  const line = (head: string, text: string) =>
    wrap(text, WIDTH - column).map((part, i) => `${(i === 0 ? INDENT + head : '').padEnd(column)}${part}`);
  return [
    ...heads.flatMap(({ head, name, option }) => line(head, `${option.description}${remark(name, option)}`)),
    ...line('--help', 'Shows this.'),
  ];
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
