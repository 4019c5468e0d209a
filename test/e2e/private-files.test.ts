import { chmodSync, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, cleanEnvironment } from '../cli/support.ts';
import { ask } from '../support/graphql.ts';

const SQLITE_FILES = [
  'bitql.db',
  'bitql.db-access',
  'bitql.db-access-shm',
  'bitql.db-access-wal',
  'bitql.db-shm',
  'bitql.db-wal',
];

let sandbox: Sandbox;
beforeEach(() => {
  sandbox = new Sandbox('private');
});
afterEach(() => sandbox.close());

/** Starts a program with a umask that lets everybody read and write its files. */
function start(name: string, ...args: string[]): SandboxProcess {
  const command = ['-c', 'umask 0; exec "$0" "$@"', process.execPath, ...args];
  return sandbox.start(name, 'sh', command, cleanEnvironment());
}

/** Makes an index. */
const INDEX = `
  const [store, demo] = process.argv.slice(1);
  const { SqliteStore } = await import(store);
  const { indexDemoBlock } = await import(demo);
  const opened = await SqliteStore.open(process.argv[3], { cacheMiB: 8 });
  await indexDemoBlock(opened, { info() {}, warn() {} });
  await opened.close();
`;
/** Opens an index to write to it. */
const WRITE = `
  const [store, file] = process.argv.slice(1);
  const { SqliteStore } = await import(store);
  const opened = await SqliteStore.open(file, { cacheMiB: 8 });
  await opened.write(new Map());
  await opened.close();
`;
const urlOf = (path: string) => new URL(`../../${path}`, import.meta.url).href;

const rightsIn = (folder: string) =>
  Object.fromEntries(
    readdirSync(folder).map((name) => [name, (statSync(join(folder, name)).mode & 0o777).toString(8)]),
  );

it('files are readable by their owner alone, also if they were not before', async () => {
  const folder = join(sandbox.folder, 'store');
  mkdirSync(folder);
  const file = join(folder, 'bitql.db');
  const makes = [urlOf('src/store/sqlite/sqlite-store.ts'), urlOf('cli/run-demo.ts'), file];
  expect(await start('index', '--input-type=module', '-e', INDEX, ...makes).ended).toBe(0);
  expect(rightsIn(folder)).toEqual({ 'bitql.db': '600' });
  const served = async (name: string) => {
    const gateway = start(name, BITQL, 'serve', '--store', `sqlite:${file}`, '--port', String(await freePort()));
    const files = () => SQLITE_FILES.every((one) => existsSync(join(folder, one)));
    const url = await until('a gateway', () => gateway.output().match(/http:\S+\/graphql/)?.[0]);
    await ask(url.replace('/graphql', ''), '{ chain { network } }');
    await until('its files', files);
    expect(rightsIn(folder)).toMatchObject(Object.fromEntries(SQLITE_FILES.map((one) => [one, '600'])));
    gateway.kill('SIGKILL');
    await gateway.ended;
  };
  await served('first');
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o666);
  const listed = start('keys', BITQL, 'keys', 'list', '--store', `sqlite:${file}`);
  expect(await listed.ended, listed.output()).toBe(0);
  const status = start('status', BITQL, 'status', '--store', `sqlite:${file}`);
  expect(await status.ended, status.output()).toBe(0);
  expect(rightsIn(folder)).toMatchObject({ 'bitql.db': '666', 'bitql.db-access': '666' });
  const written = start('written', '--input-type=module', '-e', WRITE, urlOf('src/store/sqlite/sqlite-store.ts'), file);
  expect(await written.ended, written.output()).toBe(0);
  await served('second');
  expect(rightsIn(sandbox.folder)).toMatchObject({ pids: '600', files: '600', 'first.log': '600' });
}, 200_000);
