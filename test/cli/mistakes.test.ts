import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodePosition } from '../../src/store/position.ts';
import { vandalOf } from '../support/vandal.ts';
import { bitql, demoFile } from './support.ts';

const PAGE_BYTES = 8_192;
const HEIGHT = 357_238;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bitql-existing-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a missing store', () => {
  it.each([
    ['status'],
    ['verify-store'],
    ['query', '{ chain { lag } }'],
    ['explain', '{}'],
    ['serve', '--port', '0'],
    ['reindex', '--heights', '1'],
    ['keys'],
    ['keys', 'list'],
    ['keys', 'add', 'alice'],
    ['keys', 'revoke', 'alice'],
  ])('is not created by %s %s', async (...args) => {
    const file = join(folder, 'typo.db');
    const { code, stderr } = await bitql([...args, '--store', file]);
    expect([code, stderr]).toEqual([1, expect.stringContaining(file)]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a store in a missing folder', () => {
  it.each([
    ['up', '--port', '0', '--node', 'http://user:password@127.0.0.1:1'],
    ['index', '--node', 'http://user:password@127.0.0.1:1'],
    ['import', '.'],
  ])('is refused by %s, which creates no folder', async (...args) => {
    const missing = join(folder, 'mistyped', 'folder');
    const { code, stderr } = await bitql([...args, '--store', join(missing, 'x.db')]);
    expect([code, stderr]).toEqual([
      1,
      `error The SQLite file ${join(missing, 'x.db')} cannot be opened: its folder ${missing} is not there. ` +
        'Make the folder, or give another --store. (BAD_SETTING)\n',
    ]);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a start that fails leaves no file behind', () => {
  let taken: Server;
  let port: string;
  beforeEach(async () => {
    taken = createServer();
    await once(taken.listen(0, '127.0.0.1'), 'listening');
    port = String((taken.address() as AddressInfo).port);
  });
  afterEach(() => taken.close());

  const NODE = ['--node', 'http://user:password@127.0.0.1:1'];
  it.each([
    ['up at a taken port', () => ['up', ...NODE, '--port', port]],
    ['up whose metrics have a taken port', () => ['up', ...NODE, '--port', '0', '--metrics', port]],
    ['index whose metrics have a taken port', () => ['index', ...NODE, '--metrics', port]],
    ['up with a file of tiers that is not there', () => ['up', ...NODE, '--port', '0', '--tiers', 'none.json']],
    [
      'up with a missing file of trusted documents',
      () => ['up', ...NODE, '--port', '0', '--trusted-documents', 'none.json'],
    ],
    ['up with a cookie that is not there', () => ['up', '--cookie', 'none', '--port', '0']],
    ['import of a folder that is not there', () => ['import', join(folder, 'blocks')]],
  ])('%s', async (_, args) => {
    const { code, stderr } = await bitql([...args(), '--store', join(folder, 'x.db')], { cwd: folder });
    expect(code, stderr).toBe(1);
    expect(readdirSync(folder), stderr).toEqual([]);
  });

  it('serve at a taken port', async () => {
    const store = await demoFile(folder);
    expect((await bitql(['serve', '--port', port, '--store', store])).code).toBe(1);
    expect(readdirSync(folder)).toEqual(['demo.db']);
  });

  it('a look at keys that nobody has made', async () => {
    const store = await demoFile(folder);
    expect((await bitql(['keys', 'list', '--store', store])).stdout).toContain('There is no key');
    expect((await bitql(['keys', 'revoke', 'alice', '--store', store])).code).toBe(1);
    expect(readdirSync(folder)).toEqual(['demo.db']);
  });
});

it('a file that a setting names and that cannot be used is named', async () => {
  const store = await demoFile(folder);
  const [broken, wrong] = ['broken.json', 'wrong.json'].map((name) => join(folder, name)) as [string, string];
  writeFileSync(broken, '{');
  writeFileSync(wrong, '{ "anonymous": { "speed": 1 } }');
  const refused = async (...args: string[]) => {
    const { code, stderr } = await bitql([...args, '--store', store]);
    expect(code).toBe(1);
    return stderr;
  };
  expect(await refused('keys', 'add', 'alice', '--tiers', broken)).toContain(`${broken}, the file of tiers, cannot be`);
  expect(await refused('keys', 'add', 'alice', '--tiers', wrong)).toMatch(
    /wrong\.json, .*"speed" of "anonymous" is unknown/,
  );
  // Everything that was opened before is closed, so that it ends.
  expect(await refused('serve', '--port', '0', '--trusted-documents', broken)).toContain(
    `${broken}, the file of trusted`,
  );
});

it('a gateway that cannot listen ends', async () => {
  const store = await demoFile(folder);
  const server = createServer();
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const { code, stderr } = await bitql(['serve', '--port', String(port), '--store', store]);
  server.close();
  expect([code, stderr]).toEqual([1, expect.stringContaining(`Port ${port} of 127.0.0.1 is in use`)]);
});

describe('the advice of verify-store', () => {
  it('names the store that was checked', async () => {
    const file = await demoFile(folder);
    const vandal = vandalOf({ kind: 'sqlite', file });
    await vandal.flip('blocks', encodePosition({ height: HEIGHT, fork: 0, index: 0 }).subarray(0, 4), 99);
    await vandal.close();
    const { code, stdout } = await bitql(['verify-store', '--store', file]);
    expect(code).toBe(3);
    expect(stdout).toContain(`To repair it: bitql reindex --heights ${HEIGHT} --store sqlite:${file}\n`);
    const here = await bitql(['verify-store'], { cwd: folder, env: { BITQL_STORE: 'demo.db' } });
    expect(here.stdout).toContain(`bitql reindex --heights ${HEIGHT} --store sqlite:demo.db\n`);
  });

  it('is to use another file if SQLite cannot read this one', async () => {
    const file = await demoFile(folder);
    const db = new DatabaseSync(file);
    const { rootpage } = db.prepare("SELECT rootpage FROM sqlite_master WHERE name = 'transactions'").get()!;
    db.close();
    const damaged = openSync(file, 'r+');
    writeSync(damaged, new Uint8Array(64).fill(0xff), 0, 64, (Number(rootpage) - 1) * PAGE_BYTES);
    closeSync(damaged);
    const { code, stdout } = await bitql(['verify-store', '--store', file]);
    expect(code).toBe(3);
    expect(stdout).toContain('cannot be used: it is damaged');
    expect(stdout).toContain(`SQLite cannot read all of ${file}`);
    expect(stdout).toContain('restore a backup of this file, or delete it and index again');
    expect(stdout).not.toContain('bitql reindex --heights');
    const json = await bitql(['verify-store', '--store', file, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ isFileDamaged: true });
  });
});
