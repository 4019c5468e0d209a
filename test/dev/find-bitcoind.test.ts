import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findBitcoind } from '../../dev/find-bitcoind.ts';
import { Sandbox } from '../../dev/sandbox.ts';

describe('bitcoind', () => {
  const sandbox = new Sandbox('find');
  afterAll(() => sandbox.close());

  const program = (folder: string): string => {
    const file = join(sandbox.folder, folder, 'bitcoind');
    mkdirSync(join(sandbox.folder, folder));
    writeFileSync(file, '');
    chmodSync(file, 0o755);
    return file;
  };

  it('is the one that BITCOIND names, otherwise the first on the PATH', () => {
    const [first, second, third] = [program('first'), program('second'), program('third')];
    mkdirSync(join(sandbox.folder, 'folder', 'bitcoind'), { recursive: true });
    const PATH = ['', 'folder', 'second', 'third']
      .map((folder) => (folder === '' ? '' : join(sandbox.folder, folder)))
      .join(delimiter);
    expect(findBitcoind({ BITCOIND: first, PATH })).toBe(first);
    expect(findBitcoind({ BITCOIND: '', PATH })).toBe(second);
    chmodSync(second, 0o644);
    expect(findBitcoind({ PATH })).toBe(third);
  });

  it.each([{ BITCOIND: '/nowhere/bitcoind' }, { PATH: '/nowhere' }, {}])('is asked for with advice: %j', (env) => {
    const find = () => findBitcoind(env);
    expect(find).toThrow(expect.objectContaining({ code: 'BAD_SETTING' }));
    for (const advice of ['bitcoincore.org/en/download', 'brew install bitcoin', 'services install', 'BITCOIND=']) {
      expect(find).toThrow(advice);
    }
  });
});
