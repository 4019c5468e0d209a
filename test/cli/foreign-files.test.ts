import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from '../../dev/sandbox.ts';
import { bitql, demoFile } from './support.ts';

const sandbox = new Sandbox('foreign');
const NO_NODE = ['--node', 'http://user:password@127.0.0.1:1'];
const COMMANDS = [
  ['status'],
  ['query', '{ chain { network } }'],
  ['verify-store'],
  ['keys', 'list'],
  ['keys', 'add', 'app'],
  ['serve', '--port', '0'],
  ['up', '--port', '0', ...NO_NODE],
  ['index', ...NO_NODE],
  ['reindex', '--heights', '1', ...NO_NODE],
];
const ACCESS_COMMANDS = COMMANDS.filter(([name]) => ['keys', 'serve'].includes(name!));

/** A way to create a file that is not BitQL's. */
type Make = (file: string) => void;

function database(sql: string): Make {
  return (file) => {
    const db = new DatabaseSync(file);
    db.exec(sql);
    db.close();
  };
}

/** The files of a killed program: its tables are only in the write-ahead log. */
function killedDatabase(file: string): void {
  const code = `
    const db = new (require('node:sqlite').DatabaseSync)(process.argv[1]);
    db.exec('PRAGMA journal_mode = WAL; CREATE TABLE songs (title TEXT)');
    process.kill(process.pid, 'SIGKILL');
  `;
  expect(() => execFileSync(process.execPath, ['-e', code, file], { stdio: 'ignore' })).toThrow();
  expect(statSync(`${file}-wal`).size).toBeGreaterThan(0);
}

const TEXT: Make = (file) => writeFileSync(file, 'Dear reader, '.repeat(400));
const OTHERS: Record<string, Make> = {
  'a text': TEXT,
  'a database': database('CREATE TABLE songs (title TEXT)'),
  'a database with a log': database('PRAGMA journal_mode = WAL; CREATE TABLE songs (title TEXT)'),
  'a database with tables that have names of ours': database(
    'PRAGMA journal_mode = WAL; CREATE TABLE blocks (id); CREATE TABLE transactions (id); CREATE TABLE keys (id)',
  ),
  'a database of a program that was killed': killedDatabase,
};
const NO_FILES: Record<string, Make> = {
  'a folder': (file) => mkdirSync(file),
  'a pipe': (file) => execFileSync('mkfifo', [file]),
};

const stateOf = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((name) => !name.endsWith('-shm'))
      .map((name) => {
        const file = join(folder, name);
        const stat = statSync(file);
        return [name, { mode: stat.mode, content: stat.isFile() ? readFileSync(file, 'base64') : null }];
      }),
  );

async function refuses(command: readonly string[], file: string): Promise<string> {
  const { code, stderr } = await bitql([...command, '--store', `sqlite:${file}`]);
  expect(code, `${command.join(' ')}: ${stderr}`).toBe(1);
  expect(stderr).not.toContain('Trying again');
  return stderr;
}

let folders = 0;
function freshFolder(): string {
  const folder = join(sandbox.folder, String(folders++));
  mkdirSync(folder);
  return folder;
}

afterAll(() => sandbox.close());

describe('a place that is not a BitQL store is refused and left unchanged', () => {
  it.each(Object.entries({ ...OTHERS, ...NO_FILES }))('%s', async (_, make) => {
    const folder = freshFolder();
    const file = join(folder, 'place.db');
    make(file);
    chmodSync(file, 0o755);
    const before = stateOf(folder);
    // Without an index, commands for keys use only the file beside it.
    for (const command of COMMANDS.filter(([name]) => name !== 'keys')) await refuses(command, file);
    expect(stateOf(folder)).toEqual(before);
  });

  it('a socket, and a device', async () => {
    const folder = freshFolder();
    const socket = join(folder, 'socket.db');
    const server = createServer().listen(socket);
    await new Promise((resolve) => server.once('listening', resolve));
    const device = join(folder, 'device.db');
    // Only root makes devices: this one is like /dev/null.
    const mayMake = process.getuid?.() === 0;
    if (mayMake) execFileSync('mknod', ['-m', '666', device, 'c', '1', '3']);
    const before = stateOf(folder);
    for (const file of mayMake ? [socket, device] : [socket]) {
      expect(await refuses(['status'], file)).toContain(
        'it is not a regular file. Give another --store. (BAD_SETTING)',
      );
      expect(await refuses(['up', '--port', '0', ...NO_NODE], file)).toContain('it is not a regular file');
    }
    expect(stateOf(folder)).toEqual(before);
    server.close();
  });
});

describe("a file in the place of the keys that is not BitQL's is refused and left unchanged", () => {
  let store: string;
  beforeAll(async () => {
    store = await demoFile(sandbox.folder);
  });

  it.each(Object.entries({ ...OTHERS, ...NO_FILES }))('%s', async (_, make) => {
    const folder = freshFolder();
    const file = join(folder, 'index.db');
    writeFileSync(file, readFileSync(store));
    make(`${file}-access`);
    chmodSync(`${file}-access`, 0o755);
    const { 'index.db-access': before } = stateOf(folder);
    for (const command of ACCESS_COMMANDS) await refuses(command, file);
    expect(stateOf(folder)).toMatchObject({ 'index.db-access': before });
  });
});

it('a command that only reads leaves an empty file empty', async () => {
  const folder = freshFolder();
  const file = join(folder, 'empty.db');
  writeFileSync(file, '', { mode: 0o644 });
  const before = stateOf(folder);
  for (const command of [['status'], ['query', '{ chain { network } }'], ['keys', 'list']]) {
    await bitql([...command, '--store', file]);
  }
  expect(stateOf(folder)).toEqual(before);
});
