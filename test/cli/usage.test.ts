import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../cli/main.ts';
import { MAX_DATA_BYTES } from '../../dev/data-output.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { environmentName, flagName } from '../../src/settings/option.ts';
import { SETTINGS, type SettingName } from '../../src/settings/settings.ts';
import { BITQL, bitql, run } from './support.ts';

const NAMES = COMMANDS.flatMap(({ name, actions = [] }) => [name, ...actions.map((action) => action.name)]);
const FLAGS = Object.keys(SETTINGS) as SettingName[];
const variableOf = (name: SettingName) => new RegExp(`\\b${environmentName(name)}\\b`);

describe('the command line', () => {
  const sandbox = new Sandbox('usage');

  afterAll(() => sandbox.close());

  it.each([['--help'], ['-h'], ['help']])('lists the commands: %s', async (flag) => {
    const { code, stdout, stderr } = await bitql([flag]);
    expect(code).toBe(0);
    for (const { name } of COMMANDS) expect(stdout).toContain(`\n  ${name} `);
    expect(stderr).toBe('');
  });

  it('without a command shows the same, as a mistake', async () => {
    const { code, stdout } = await bitql([]);
    expect(code).toBe(2);
    expect(stdout).toContain('Usage: bitql COMMAND');
  });

  it.each(NAMES)('%s --help has examples and exactly the settings that the command takes', async (command) => {
    const { code, stdout } = await bitql([...command.split(' '), '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain(`Usage: bitql ${command}`);
    expect(stdout).toMatch(new RegExp(`Examples:\n {2}.*bitql ${command}`));
    expect((await bitql(['help', ...command.split(' ')])).stdout).toBe(stdout);
    const given = FLAGS.flatMap((name) => [flagName(name), 'x']);
    const { stderr } = await bitql([...command.split(' '), ...given, '--no-such-flag']);
    for (const name of FLAGS) {
      const isTaken = !stderr.includes(`error ${flagName(name)} is not a flag of this command`);
      expect(stdout.includes(`\n  ${flagName(name)} `), name).toBe(isTaken);
      if (!isTaken) expect(stdout).not.toMatch(variableOf(name));
    }
    expect(stderr).toContain('error --no-such-flag is not a flag of this command');
  });

  it('the help of a command with actions names the flags of each action', async () => {
    const { stdout } = await bitql(['keys', '--help']);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain(
      'bitql keys add NAME Creates an API key and prints it once. [--tiers FILE] [--tier TIER] bitql keys list',
    );
    for (const { name, actions = [], options } of COMMANDS) {
      const help = (await bitql([name, '--help'])).stdout;
      const own = actions.flatMap((action) => Object.keys(action.options).filter((option) => !(option in options)));
      for (const option of own) expect(help, name).toContain(`[${flagName(option)}`);
    }
  });

  it('names the variable of each setting', async () => {
    const { stdout } = await bitql(['up', '--help']);
    const shown = FLAGS.filter((name) => stdout.includes(`\n  ${flagName(name)} `));
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter((name) => !variableOf(name).test(stdout))).toEqual([]);
  });

  it.each(['--version', '-v'])('%s prints the version', async (flag) => {
    const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    expect((await bitql([flag])).stdout).toBe(`${version}\n`);
  });

  it('reports all mistakes at once, with code 2 and nothing on standard output', async () => {
    const { code, stdout, stderr } = await bitql(['serve', '--prot', '1', '--port', 'x', 'more'], {
      env: { BITQL_SCAN_BUDGET: '1', BITQL_LOG_LEVEL: 'loud' },
    });
    expect(code).toBe(2);
    expect(stdout).toBe('');
    expect(stderr.trimEnd().split('\n')).toEqual([
      'error --prot is not a flag of this command: did you mean --port?',
      'error --port must be a port: a whole number from 0 to 65535.',
      'error BITQL_SCAN_BUDGET must be a whole number from 100 to 10000000.',
      'error BITQL_LOG_LEVEL must be one of debug, info, warn, error, silent.',
      'error "more" is one argument too many.',
      'See bitql serve --help.',
    ]);
  });

  it.each([
    [['sttaus'], 'error "sttaus" is not a command: did you mean status?'],
    [['frobnicate'], 'error "frobnicate" is not a command: the commands are demo, up, '],
    [['help', 'qury'], 'error "qury" is not a command: did you mean query?'],
    [['dev', 'mien'], 'error "mien" is not an action: did you mean mine?'],
    [['dev', 'frobnicate', '--help'], 'error "frobnicate" is not an action: the actions are mine, reorg, '],
    [['dev', '--port', '4001', 'mine'], 'error "mine" must follow "dev" directly.'],
    [['dev', 'mine', '0'], 'error N must be a whole number from 1 to 10000.'],
    [['dev', 'send', '1'], 'error "1" is one argument too many.'],
    [['dev', 'data'], 'error TEXT is missing.'],
    [['dev', 'data', '--hex'], 'error TEXT is missing.'],
    [
      ['dev', 'data', '--hex', '68', 'hello', '123', '--'],
      'error "hello" is not hexadecimal: with --hex, each TEXT is one push, two digits (0-9, a-f) a byte, as in "68656c6c6f".\n' +
        'error "123" is not hexadecimal: ',
    ],
    [['dev', 'data', '-', '-'], 'error "-" may stand only once: standard input is read only once.'],
    [['dev', 'data', 'a\u{fffd}b'], 'error "a\u{fffd}b" has bytes that are not UTF-8, or the character U+FFFD'],
    [['watch', 'blocks'], 'Unexpected Name "blocks". Did you mean --blocks?\n'],
    [['watch', 'everything'], 'Unexpected Name "everything". Write one in the form subscription { ... }.\n'],
    [['status', '--store', 'sqlite::memory:'], 'SQLite needs a file on disk'],
    [['query'], 'error GRAPHQL is missing.'],
    [['query', '-'], 'error The query is empty.'],
  ])('%j is a mistake', async (args, message) => {
    const { code, stderr } = await bitql(args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it.each([[''], [' \n']])('dev data - has nothing to send from %j', async (input) => {
    for (const flags of input === '' ? [[], ['--hex']] : [['--hex']]) {
      const { code, stderr } = await bitql(['dev', 'data', '-', ...flags, '--port', '1'], { input });
      expect([code, stderr]).toEqual([1, expect.stringContaining('it is empty or closed')]);
    }
  });

  it.each([
    ['</tmp', 'it is a folder (EISDIR)'],
    ['<&-', 'it is empty or closed'],
  ])('dev data - %s is an error', async (from, why) => {
    const { code, stderr } = await run('sh', ['-c', `"$0" "$1" dev data - --port 1 ${from}`, process.execPath, BITQL]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
  });

  it('dev data --hex - counts digits, not the blanks between them', async () => {
    const blanks = await bitql(['dev', 'data', '--hex', '-', '--port', '1'], { input: `00${' '.repeat(5_000_000)}ff` });
    expect([blanks.code, blanks.stderr]).toEqual([1, expect.stringContaining('No local chain is running at port 1')]);
    const digits = await bitql(['dev', 'data', '--hex', '-', '--port', '1'], {
      input: '00'.repeat(MAX_DATA_BYTES + 1),
    });
    expect([digits.code, digits.stderr]).toEqual([1, expect.stringContaining('Standard input has more than')]);
  });

  it('warns of variables that are not settings, and continues', async () => {
    const { code, stderr } = await bitql(['status'], { env: { BITQL_STOER: 'x.db' }, cwd: sandbox.folder });
    expect(code).toBe(1);
    expect(stderr).toContain('warning BITQL_STOER is not a setting and changes nothing: did you mean BITQL_STORE?');
  });

  it('reports a failure in one line with its code, and its stack only for debugging', async () => {
    const plain = await bitql(['serve'], { cwd: sandbox.folder });
    expect(plain.code).toBe(1);
    expect(plain.stderr).toMatch(/^error There is no index in \.\/bitql\.db: .* \(NOT_SYNCED\)\n$/);
    const debug = await bitql(['serve', '--log-level', 'debug'], { cwd: sandbox.folder });
    expect(debug.stderr).toContain('    at ');
  });
});
