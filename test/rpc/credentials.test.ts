import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Sandbox } from '../../dev/sandbox.ts';
import type { NetworkId } from '../../src/chain/networks.ts';
import { findCookieFile, readCookie } from '../../src/rpc/credentials.ts';

const ALL = ['', 'testnet3', 'testnet4', 'signet', 'regtest', 'scalenet', 'chipnet', 'stn'];

describe('a cookie file', () => {
  let sandbox: Sandbox;
  beforeEach(() => {
    sandbox = new Sandbox('cookie-files');
    vi.stubEnv('HOME', sandbox.folder);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    await sandbox.close();
  });

  const data = () => join(sandbox.folder, '.bitcoin');
  const find = (port: number, network: NetworkId | null = null, host = '127.0.0.1') =>
    findCookieFile(new URL(`http://${host}:${port}`), network);

  function write(file: string, content = '__cookie__:x'): void {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }

  const writeCookies = (...folders: string[]) => {
    for (const folder of folders) write(join(data(), folder, '.cookie'));
  };

  it.each<[NetworkId, string]>([
    ['btc-mainnet', ''],
    ['btc-signet', 'signet'],
    ['btc-regtest', 'regtest'],
    ['bch-testnet4', 'testnet4'],
    ['bch-scalenet', 'scalenet'],
    ['bch-chipnet', 'chipnet'],
    ['bsv-testnet', 'testnet3'],
    ['bsv-stn', 'stn'],
    ['bsv-regtest', 'regtest'],
  ])('is that of the network: %s', (network, folder) => {
    writeCookies(...ALL);
    expect(find(12_345, network)).toBe(join(data(), folder, '.cookie'));
  });

  it.each<[number, string[], string]>([
    [8_332, ALL, ''],
    [9_332, ALL, 'stn'],
    [28_332, ['', 'testnet4'], 'testnet4'],
    [18_332, ['', 'regtest'], 'regtest'],
    [18_332, ['', 'testnet3'], 'testnet3'],
    [48_332, ['', 'chipnet'], 'chipnet'],
    [38_332, ['', 'scalenet'], 'scalenet'],
  ])('at port %i, if there are %j', (port, folders, found) => {
    writeCookies(...folders);
    expect(find(port)).toBe(join(data(), found, '.cookie'));
  });

  it.each([
    [18_332, ['testnet3', 'regtest']],
    [48_332, ['testnet4', 'chipnet']],
    [38_332, ['signet', 'scalenet']],
  ])('at port %i may be either of %j, which the message names', (port, folders) => {
    writeCookies('', ...folders);
    const [first, second] = folders;
    expect(() => find(port)).toThrow(new RegExp(`${first}/.cookie.*, or .*${second}/.cookie.*--network`));
  });

  it('is where bitcoin.conf says', () => {
    const elsewhere = join(sandbox.folder, 'elsewhere');
    write(join(data(), 'bitcoin.conf'), `datadir=${elsewhere}\n`);
    write(join(elsewhere, '.cookie'));
    expect(find(8_332)).toBe(join(elsewhere, '.cookie'));
  });

  it('is elsewhere on macOS', () => {
    vi.stubGlobal('process', { ...process, platform: 'darwin' });
    const file = join(sandbox.folder, 'Library', 'Application Support', 'Bitcoin', 'signet', '.cookie');
    write(file);
    expect(find(38_332)).toBe(file);
  });

  it.each(['node.example', '203.0.113.7', '[2001:db8::1]', '[::ffff:203.0.113.7]'])(
    'is not used for a node of another machine: %s',
    (host) => {
      writeCookies(...ALL);
      expect(find(8_332, null, host)).toBeNull();
      expect(find(8_332, 'btc-mainnet', host)).toBeNull();
    },
  );

  it.each([
    ['', /is empty/],
    ['\n', /is empty/],
    ['__cookie__', /has no USER:PASSWORD/],
    ['__cookie__:', /has no USER:PASSWORD/],
  ])('without a login is refused: %j', (content, message) => {
    const file = join(sandbox.folder, 'cookie');
    write(file, content);
    const refused = expect.objectContaining({ code: 'NODE_UNAUTHORIZED', message: expect.stringMatching(message) });
    expect(() => readCookie(file, new URL('http://127.0.0.1:8332'))).toThrow(refused);
  });

  it('may have a password with colons', () => {
    const file = join(sandbox.folder, 'cookie');
    write(file, 'user:a:b:c\n');
    expect(readCookie(file, new URL('http://127.0.0.1:8332'))).toEqual({ username: 'user', password: 'a:b:c' });
  });

  it.each(['localhost', 'localhost.', '127.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', '[::ffff:0:0]'])(
    'is used for a node of this machine: %s',
    (host) => {
      writeCookies('');
      expect(find(8_332, null, host)).toBe(join(data(), '.cookie'));
    },
  );
});
