import { expect, it } from 'vitest';
import { startRegtest } from '../../dev/regtest.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';

const FROM = 8;

describeWith('bitcoind')('an index that is to begin above the node', ({ bitcoind }) => {
  it('says which block it waits for, and is not synced until it has it', async () => {
    await using node = await startRegtest({ bitcoind });
    await node.mine(FROM - 3);
    const sandbox = new Sandbox('from-above');
    const store = ['--store', `${sandbox.folder}/chain.db`];
    const args = [
      'up',
      '--node',
      node.urlWithPassword,
      '--from',
      String(FROM),
      '--port',
      '0',
      '--poll',
      '50',
      ...store,
    ];
    const up = sandbox.start('up', process.execPath, [BITQL, ...args], cleanEnvironment());
    await until('it to say so', () => up.output().includes(`Waiting for block ${FROM}`));
    expect(up.output()).toContain(`the node is at ${FROM - 3}`);
    const status = async () => JSON.parse((await bitql(['status', '--json', ...store])).stdout);
    await until('it to have looked at the node', async () => (await status()).nodeTip?.height === FROM - 3);
    expect(await status()).toMatchObject({ tip: null, start: FROM, synced: false });
    const statusz = await fetch(`${up.output().match(/http:\S+(?=\/graphql)/)![0]}/statusz`);
    expect(await statusz.json()).toMatchObject({ chain: { synced: false } });
    await node.mine(4);
    await until('its first blocks', async () => (await status()).synced === true);
    expect(await status()).toMatchObject({ coverage: [{ from: FROM, to: FROM + 1 }] });
    await sandbox.close();
  });
});
