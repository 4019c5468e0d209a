import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { SqliteStore } from '../../src/store/sqlite/sqlite-store.ts';
import { decodeState } from '../../src/store/state.ts';
import { describeWith } from '../services/suite.ts';

const BITQL = fileURLToPath(new URL('../../bin/bitql.js', import.meta.url));

describeWith('bitcoind')('bitql import', ({ bitcoind }) => {
  const sandbox = new Sandbox('import');
  let node: RegtestNode;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind });
    await node.mine(30);
    await node.stop();
  });

  afterAll(async () => {
    await node.close();
    await sandbox.close();
  });

  const bitql = (...args: string[]): SandboxProcess => sandbox.start('bitql', process.execPath, [BITQL, ...args]);

  /** The height and the node's version that the index reports; undefined before there is an index. */
  async function stateOf(file: string) {
    const store = await SqliteStore.open(file, { cacheMiB: 1 });
    const record = await store.readState();
    await store.close();
    const state = record === null ? null : decodeState(record.value);
    return { height: state?.tip?.height, version: state?.node?.version };
  }

  it('indexes the files of a node that does not run, and ends', async () => {
    const file = `${sandbox.folder}/import.db`;
    const done = bitql('import', node.blocksPath, '--store', file);
    expect(await done.ended, done.output()).toBe(0);
    expect(await stateOf(file)).toEqual({ height: 30, version: `files in ${node.blocksPath}` });
  });

  it('ends with code 1 and advice if there are no files, or files of another network', async () => {
    const none = bitql('import', sandbox.folder, '--store', `${sandbox.folder}/none.db`);
    expect(await none.ended).toBe(1);
    expect(none.output()).toContain('give bitcoind\'s folder "blocks"');
    const other = bitql('import', node.blocksPath, '--network', 'bsv-mainnet', '--store', `${sandbox.folder}/none.db`);
    expect(await other.ended).toBe(1);
    expect(other.output()).toContain('NODE_WRONG_NETWORK');
  });

  it('runs before the live node is followed with --blocks', async () => {
    const file = `${sandbox.folder}/both.db`;
    const indexer = bitql(
      'index',
      '--node',
      node.urlWithPassword,
      '--blocks',
      node.blocksPath,
      '--poll',
      '50',
      '--store',
      file,
    );
    await until('the files to be indexed', async () => {
      if (indexer.result !== undefined) throw new Error(indexer.output());
      return (await stateOf(file)).height === 30;
    });
    await node.start();
    await node.mine(2);
    await until('the node to be followed', async () => (await stateOf(file)).height === 32);
    expect((await stateOf(file)).version).toContain('/Satoshi:');
    indexer.kill('SIGTERM');
    expect(await indexer.ended).toBe(0);
  });
});
