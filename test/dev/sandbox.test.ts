import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';

/** Whether a process runs; a zombie has ended. */
function runs(pid: number | undefined): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}

const OWNER = `
const { Sandbox } = await import(process.argv[1]);
const sandbox = new Sandbox('owner');
const { pid } = sandbox.start('sleeper', 'sleep', ['600']);
console.log(JSON.stringify({ pid, folder: sandbox.folder }));
setInterval(() => {}, 1000);`;

describe('a sandbox', () => {
  it('ends its programs and removes its folder when it is closed', async () => {
    const sandbox = new Sandbox('test');
    const { pid } = sandbox.start('sleeper', 'sleep', ['600']);
    expect(runs(pid)).toBe(true);
    await sandbox.close();
    expect(runs(pid)).toBe(false);
    expect(existsSync(sandbox.folder)).toBe(false);
    await sandbox.close();
  });

  it.each(['SIGKILL', 'SIGINT'] as const)('does the same when its owner dies of %s', async (signal) => {
    const module = fileURLToPath(new URL('../../dev/sandbox.ts', import.meta.url));
    const owner = spawn(process.execPath, ['--input-type=module', '-e', OWNER, module], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const line = await createInterface(owner.stdout)[Symbol.asyncIterator]().next();
    const { pid, folder } = JSON.parse(line.value!) as { pid: number; folder: string };
    expect(runs(pid)).toBe(true);
    owner.kill(signal);
    await until('the program to end', () => !runs(pid));
    await until('the folder to go', () => !existsSync(folder));
  });

  it('says how a program ended and what it printed', async () => {
    await using sandbox = new Sandbox('test');
    const program = sandbox.start('talker', 'sh', ['-c', 'echo out; echo err >&2; exit 3']);
    expect(await program.ended).toBe(3);
    expect(program.output()).toBe('out\nerr');
    expect(readFileSync(join(sandbox.folder, 'pids'), 'utf8')).toBe('');
    const killed = sandbox.start('sleeper', 'sleep', ['600']);
    killed.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
  });

  it('reports a program that does not exist', async () => {
    await using sandbox = new Sandbox('test');
    const program = sandbox.start('nothing', join(sandbox.folder, 'nothing'), []);
    expect(await program.ended).toBe(127);
    expect(program.output()).toContain('ENOENT');
  });
});

it('finds a port that is free', async () => {
  const port = await freePort();
  expect(port).toBeGreaterThanOrEqual(20_000);
  expect(port).toBeLessThan(32_000);
});
