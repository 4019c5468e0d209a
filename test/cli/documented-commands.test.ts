import { execFileSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Command } from '../../cli/command.ts';
import { COMMANDS } from '../../cli/main.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { packagePath } from '../../src/package-root.ts';
import { readOptions } from '../../src/settings/read.ts';
import { serve, type TestGateway } from '../gateway/support.ts';
import { MovingChain } from '../support/moving-chain.ts';
import { p2pkhScript } from '../support/synthetic-chain.ts';
import { run } from './support.ts';

const DOCUMENTS = globSync('{README.md,docs/*.md}', { cwd: packagePath() });

/** The shell commands of a document: lines of indented code, and code within lines. */
function commandsOf(document: string): string[] {
  const text = readFileSync(packagePath(document), 'utf8');
  const prose = text.replace(/^```[\s\S]*?^```$/gm, '');
  const blocks = prose.matchAll(/^ {4}(?:\$ )?((?:bitql|npm run|curl) .*(?:\n {4,}.*)*)/gm);
  const spans = prose.replace(/^ {4}.*$/gm, '').matchAll(/`((?:bitql|npm run|curl) [^`]+)`/g);
  return [...Array.from(blocks, ([, block]) => wholeCommand(block!)), ...Array.from(spans, ([, span]) => span!)];
}

/** One shell command: the line, and the lines that it quotes or continues. Its output may follow. */
function wholeCommand(block: string): string {
  const lines = block.split('\n');
  const ends = lines.map((_, i) => lines.slice(0, i + 1).join('\n'));
  return ends.find((part) => !part.endsWith('\\') && isComplete(part)) ?? block;
}

function isComplete(command: string): boolean {
  try {
    execFileSync('sh', ['-n', '-c', command], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

const ALL = DOCUMENTS.flatMap((document) => commandsOf(document).map((command) => [document, command] as const));
const CALLS = ALL.map(([document, command]) => [document, bitqlOf(command)] as const).filter(
  ([, call]) => call !== null,
);
const CURLS = ALL.filter(([, command]) => command.startsWith('curl ') && !command.includes('...'));

/** The command in the form `bitql ...`; null for another program, or if a part is left out. */
function bitqlOf(command: string): string | null {
  const call = command
    .replace(/^npm run (-s )?bitql -- ?/, 'bitql ')
    .replace(/^npm run (-s )?demo( --)?/, 'bitql demo')
    .replace(/ < \S+$/, '');
  return call.startsWith('bitql ') && !/\.\.\.|ACTION|COMMAND/.test(call) ? call : null;
}

/** The words of a command line, as a shell splits it. */
function wordsOf(call: string): string[] {
  const printed = execFileSync('sh', ['-c', `bitql() { printf '%s\\0' "$@"; }; ${call}`], { encoding: 'utf8' });
  return printed.split('\0').slice(0, -1);
}

function commandOf([name, word]: readonly string[]): Command | undefined {
  const command = COMMANDS.find((candidate) => candidate.name === name);
  return command?.actions?.find((action) => action.name === `${name} ${word}`) ?? command;
}

it('there are many', () => expect([CALLS.length > 40, CURLS.length > 2]).toEqual([true, true]));

it.each(CALLS)('%s: the command line accepts %s', (_, call) => {
  const words = wordsOf(call!).filter((word) => word !== '--help');
  const command = commandOf(words)!;
  expect(command?.name).toBeDefined();
  const { mistakes, positionals } = readOptions(command.options, words.slice(command.name.split(' ').length), {});
  const { argument } = command;
  const most = argument === null ? 0 : argument.several ? Number.POSITIVE_INFINITY : 1;
  const wrong = mistakes.filter((mistake) => !mistake.includes(' needs a value, '));
  expect([wrong, positionals.length <= most]).toEqual([[], true]);
});

describe('curl', () => {
  const sandbox = new Sandbox('documented');
  let chain: MovingChain;
  let gateway: TestGateway;

  beforeAll(async () => {
    chain = await MovingChain.create([{ value: 50, script: p2pkhScript(1) }]);
    gateway = await serve(chain.store, { streamTimes: { heartbeatMs: 200, stallMs: 10_000, eventMs: 30_000 } });
  });
  afterAll(async () => {
    await sandbox.close();
    await gateway.close();
    await chain.close();
  });

  it.each(CURLS)('%s: a gateway answers %s', async (_, command) => {
    const here = command
      .replaceAll(/http:\/\/(localhost|127\.0\.0\.1):4000/g, gateway.url)
      .replace(/^curl /, 'curl -sSf ');
    if (command.includes('text/event-stream')) {
      const curl = sandbox.start('curl', 'sh', ['-c', `exec ${here}`]);
      await until('an event, or a heartbeat', () => curl.output().includes('id: '));
      curl.kill();
    } else {
      const { code, stdout, stderr } = await run('sh', ['-c', here]);
      expect([code, stderr]).toEqual([0, '']);
      expect(JSON.parse(stdout)).toMatchObject({ data: expect.any(Object) });
    }
  });
});
