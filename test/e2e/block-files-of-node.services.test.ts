import { cpSync, existsSync, mkdirSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Rpc } from '../../src/rpc/rpc.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';

/** These blocks fill more than one file. */
const BLOCKS = 400;
const WITHOUT = 'Continuing without the block files';

/** Indexes a node and its files to the tip. @returns the output */
async function indexed(sandbox: Sandbox, url: string, blocks: string, store: string): Promise<string> {
  const all = [BITQL, 'index', '--node', url, '--store', store, '--blocks', blocks, '--poll', '100'];
  const child = sandbox.start(basename(store), process.execPath, all, cleanEnvironment());
  await until('the tip', () => {
    if (child.result !== undefined) throw new Error(child.output());
    return child.output().includes('At the tip');
  });
  child.kill('SIGTERM');
  await child.ended;
  return child.output();
}

describeWith('bitcoind')('block files that cannot be used', ({ bitcoind }) => {
  let node: RegtestNode;
  let sandbox: Sandbox;
  let folders = 0;

  beforeAll(async () => {
    sandbox = new Sandbox('unusable-files');
    node = await startRegtest({ bitcoind, args: ['-fastprune'] });
    await node.mine(BLOCKS);
  });
  afterAll(async () => {
    await node?.close();
    await sandbox.close();
  });

  const LAMED: readonly (readonly [string, (folder: string) => void, boolean])[] = [
    ['that are not there', (folder) => rmSync(folder, { recursive: true }), true],
    [
      'of another network',
      (folder) => {
        for (const name of readdirSync(folder))
          if (name.startsWith('blk')) writeFileSync(join(folder, name), 'x'.repeat(1_000));
      },
      true,
    ],
    ['with another key', (folder) => writeFileSync(join(folder, 'xor.dat'), 'otherkey'), true],
    ['with half of a key', (folder) => writeFileSync(join(folder, 'xor.dat'), 'half'), true],
    [
      'with a key that is a folder',
      (folder) => {
        rmSync(join(folder, 'xor.dat'));
        mkdirSync(join(folder, 'xor.dat'));
      },
      true,
    ],
    [
      'that cannot be read',
      (folder) => {
        rmSync(join(folder, 'blk00000.dat'));
        mkdirSync(join(folder, 'blk00000.dat'));
      },
      true,
    ],
    ['of which the first is missing', (folder) => rmSync(join(folder, 'blk00000.dat')), false],
    ['of which the first is cut off', (folder) => truncateSync(join(folder, 'blk00000.dat'), 10_000), false],
  ];

  it.each(LAMED)('%s are not used: the node is asked', async (_, lame, isUnusable) => {
    const folder = join(sandbox.folder, `blocks-${++folders}`);
    cpSync(node.blocksPath, folder, { recursive: true, filter: (name) => !name.includes('index') });
    lame(folder);
    const store = `${folder}.db`;
    const output = await indexed(sandbox, node.urlWithPassword, folder, store);
    expect(output.includes(WITHOUT)).toBe(isUnusable);
    const both = ['--node', node.urlWithPassword, '--blocks', folder];
    const again = await bitql(['reindex', '--heights', '1-5', '--store', store, ...both]);
    expect(again.stdout + again.stderr).toContain('Indexed again');
  });
});

describeWith('bitcoind')('a signet with a challenge of its own', ({ bitcoind }) => {
  it('is indexed from its block files, with and without its node', async () => {
    await using sandbox = new Sandbox('own-signet');
    const port = await freePort();
    const args = [
      '-signet',
      '-signetchallenge=51',
      `-datadir=${sandbox.folder}`,
      `-rpcport=${port}`,
      '-listen=0',
      '-connect=0',
    ];
    const child = sandbox.start('bitcoind', bitcoind, [...args, '-rpcuser=a', '-rpcpassword=b'], process.env);
    const url = `http://a:b@127.0.0.1:${port}`;
    const rpc = new Rpc(parseNodeAddress(url));
    await until('the node', () =>
      rpc.call('getblockcount').then(
        () => true,
        () => false,
      ),
    );
    for (let mined = 0; mined < 2; ) {
      mined += ((await rpc.call('generatetodescriptor', 1, 'raw(51)', 20_000_000)) as string[]).length;
    }
    const blocks = join(sandbox.folder, 'signet', 'blocks');
    expect(existsSync(join(blocks, 'blk00000.dat'))).toBe(true);
    const output = await indexed(sandbox, url, blocks, join(sandbox.folder, 'index.db'));
    expect(output).not.toContain(WITHOUT);
    expect(output).toContain(`files in ${blocks}`);
    child.kill('SIGTERM');
    await child.ended;
    for (const network of [[], ['--network', 'btc-signet']]) {
      const store = join(sandbox.folder, `import-${network.length}.db`);
      const imported = await bitql(['import', blocks, '--store', store, ...network]);
      expect([imported.code, imported.stderr + imported.stdout]).toEqual([0, expect.stringContaining('btc-signet')]);
      expect((await bitql(['status', '--store', store])).stdout).toMatch(/btc-signet/);
    }
  });
});
