import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { packagePath } from '../../src/package-root.ts';
import { describeWith } from '../services/suite.ts';
import { cleanEnvironment, type RunResult, run } from './support.ts';

const ROOT = packagePath();

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox('npm');
});
afterEach(() => sandbox.close());

/** `npm run ...` in the checkout. */
const npmRun = (args: readonly string[], env: Readonly<Record<string, string>> = {}): SandboxProcess =>
  sandbox.start('npm', 'npm', ['--prefix', ROOT, 'run', ...args], {
    ...cleanEnvironment(),
    TMPDIR: sandbox.folder,
    ...env,
  });

/** Runs a printed command in a shell in the checkout. */
const type = (line: string, env: Readonly<Record<string, string>> = {}): Promise<RunResult> =>
  run('sh', ['-c', line], { cwd: ROOT, env: { TMPDIR: sandbox.folder, ...env } });

const linesWith = (started: SandboxProcess, start: RegExp): string[] =>
  started
    .output()
    .split('\n')
    .flatMap((line) => start.exec(line)?.[1] ?? []);

describe('a command that npm starts', () => {
  it.each([
    ['demo', '--', '--port', '0'],
    ['-s', 'bitql', '--', 'demo', '--port', '0'],
  ])('ends well when npm is stopped: npm run %s %s %s', async (...args) => {
    const npm = npmRun(args);
    await until('the demo', () => npm.output().includes('/graphiql'));
    npm.kill('SIGTERM');
    expect(await npm.ended).toBe(0);
    expect(npm.output()).toContain('Stopping.');
    expect(readdirSync(sandbox.folder).filter((name) => name.startsWith('bitql-demo-'))).toEqual([]);
  });

  it('prints lines that can be typed as they are', async () => {
    const npm = npmRun(['demo', '--', '--port', '0']);
    await until('the demo', () => npm.output().includes('up --help'));
    const [ask] = linesWith(npm, /^ {2}from here +(.*)$/);
    const { code, stdout, stderr } = await type(ask!);
    expect([code, stderr, JSON.parse(stdout)]).toMatchObject([
      0,
      '',
      { data: { chain: { tip: { height: 357_238 } } } },
    ]);
    const [help] = linesWith(npm, /^ {2}(.* up --help)/);
    expect((await type(help!)).stdout).toContain('Usage: bitql up');
    npm.kill('SIGTERM');
    await npm.ended;
  });

  it('says what to type in a text that names commands', async () => {
    const note = 'Here, type "npm run -s bitql --" for "bitql".\n';
    expect((await type('npm run -s bitql -- --help')).stdout).toContain(note);
    expect((await type('npm run -s bitql -- up --help')).stdout).toContain(note);
    expect((await type(`npm run -s bitql -- status --store ${sandbox.folder}/none.db`)).stderr).toMatch(
      new RegExp(`bitql up.*\n${note}$`),
    );
    expect((await type('npm run -s bitql -- up --prot 1')).stderr).toContain('See npm run -s bitql -- up --help.\n');
    expect((await type('node bin/bitql.js up --help')).stdout).not.toContain('Here, type');
  });
});

describeWith('bitcoind')('bitql dev that npm starts', ({ bitcoind }) => {
  it('prints actions that can be typed as they are', async () => {
    const port = String(await freePort());
    const env = { BITCOIND: bitcoind };
    const npm = npmRun(['-s', 'bitql', '--', 'dev', '--port', port], env);
    const actions = await until('the chain', () => {
      const lines = linesWith(npm, / {2}(\S.* dev [a-z]+.*?) {2}/);
      return lines.length > 0 && npm.output().includes('dev evict') ? lines : null;
    });
    const mine = actions.find((line) => line.includes('dev mine'))!;
    const { code, stdout } = await type(mine.replace('[N]', '2'), env);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Mined 2 blocks')]);
    npm.kill('SIGTERM');
    expect(await npm.ended).toBe(0);
  });
});
