import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { FakeNode } from '../support/fake-node.ts';

/** Files of a home, by their names below its .bitcoin; null for the cookie of the running node. */
type Files = Readonly<Record<string, string | null>>;

const OTHER = '__cookie__:of-another-node';
const PORT = 'PORT';

describeWith('bitcoind')('the cookie of a node', ({ bitcoind }) => {
  let node: RegtestNode;
  let sandbox: Sandbox;
  let homes = 0;

  beforeAll(async () => {
    sandbox = new Sandbox('cookies');
    node = await startRegtest({ bitcoind });
    await node.mine(1);
  });
  afterAll(async () => {
    await node?.close();
    await sandbox.close();
  });

  function homeWith(files: Files): string {
    const home = join(sandbox.folder, `home-${++homes}`);
    for (const [name, content] of Object.entries(files)) {
      const file = join(home, '.bitcoin', name);
      mkdirSync(dirname(file), { recursive: true });
      if (content === null) symlinkSync(node.cookiePath, file);
      else writeFileSync(file, content.replace(PORT, String(node.port)));
    }
    return home;
  }

  it.each<[string, Files, string[]]>([
    ['the only one there', { 'regtest/.cookie': null }, []],
    ['of the network that is asked for', { '.cookie': OTHER, 'regtest/.cookie': null }, ['--network', 'btc-regtest']],
    [
      'of the port in bitcoin.conf',
      {
        '.cookie': OTHER,
        'testnet4/.cookie': OTHER,
        'regtest/.cookie': null,
        'bitcoin.conf': `[regtest]\nrpcport = ${PORT} # own\n`,
      },
      [],
    ],
    [
      'of the port in bitcoin.conf, in one line',
      { '.cookie': OTHER, 'regtest/.cookie': null, 'bitcoin.conf': `regtest.rpcport=${PORT}` },
      [],
    ],
  ])('is %s', async (_, files, args) => {
    const HOME = homeWith(files);
    const all = [BITQL, 'index', '--node', node.url, '--store', join(HOME, 'index.db'), ...args];
    const child = sandbox.start(`index-${homes}`, process.execPath, all, { ...cleanEnvironment(), HOME });
    await until('the tip', () => {
      if (child.result !== undefined) throw new Error(child.output());
      return child.output().includes('At the tip');
    });
    child.kill('SIGTERM');
    await child.ended;
  });

  it.each<[string, Files, string[], RegExp]>([
    [
      'of mainnet at another port',
      { '.cookie': OTHER },
      [],
      /not certain that its cookie is \S*\.bitcoin\/\.cookie \(of a node at port 8332\): name .*--network/,
    ],
    [
      'one of two',
      { '.cookie': OTHER, 'regtest/.cookie': OTHER },
      [],
      /is \S*\.bitcoin\/\.cookie \(of a node at port 8332\), or \S*regtest\/\.cookie \(of a node at port 18443 or 18332\): name .*--network/,
    ],
    [
      'of another network',
      { '.cookie': OTHER },
      ['--network', 'bsv-stn'],
      /no cookie file in \S*\.bitcoin\/stn: give --node/,
    ],
  ])('is not sent if it may be %s, and the message says what helps', async (_, files, args, message) => {
    await using other = await FakeNode.before(node);
    const HOME = homeWith(files);
    const url = other.url.replace('a:b@', '');
    const { code, stderr } = await bitql(['index', '--node', url, '--store', join(HOME, 'x.db'), ...args], {
      env: { HOME },
    });
    expect([code, stderr]).toEqual([1, expect.stringMatching(message)]);
    expect(stderr).toContain('--cookie FILE');
    expect(other.asked('getblockchaininfo')).toBe(0);
  });
});
