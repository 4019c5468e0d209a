import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { describeWith } from '../../../services/suite.ts';
import { PodNetwork } from './pod-network.ts';

const run = promisify(execFile);

describeWith('container')('the network of Pods', () => {
  const links = async () => (await run('ip', ['-brief', 'link'])).stdout;
  const networks = () => readdirSync('/run/bitql-pods');

  it('gives each Pod an address that this machine and the others reach', async () => {
    await using network = await PodNetwork.create();
    const [one, two] = [await network.attach(), await network.attach()];
    expect(new Set([network.host, one.address, two.address]).size).toBe(3);
    const server = spawn('nsenter', [
      `--net=${one.namespace}`,
      process.execPath,
      '-e',
      'require("http").createServer((q, r) => r.end("one")).listen(80, () => console.log("up"))',
    ]);
    try {
      await once(server.stdout, 'data');
      expect(await (await fetch(`http://${one.address}`)).text()).toBe('one');
      const ask = `fetch("http://${one.address}").then(async r => console.log(await r.text()))`;
      const { stdout } = await run('nsenter', [`--net=${two.namespace}`, process.execPath, '-e', ask]);
      expect(stdout).toBe('one\n');
    } finally {
      server.kill('SIGKILL');
    }
    await network.detach(one);
    expect((await network.attach()).address).toBe(one.address);
  });

  it('is removed, even if its owner was killed', async () => {
    const network = await PodNetwork.create();
    await network.attach();
    expect(await links()).toContain(`bq${network.number} `);
    await network[Symbol.asyncDispose]();
    expect(await links()).not.toContain(`bq${network.number} `);

    const program = `
      const { PodNetwork } = await import('${new URL('./pod-network.ts', import.meta.url).href}');
      const network = await PodNetwork.create();
      await network.attach();
      console.log(network.number);
      setInterval(() => {}, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program]);
    const [number] = (await once(owner.stdout, 'data')).map((data) => String(data).trim());
    owner.kill('SIGKILL');
    await once(owner, 'exit');
    expect(networks()).toContain(number);
    await using next = await PodNetwork.create();
    expect(networks().filter((name) => name !== String(next.number))).not.toContain(number);
    expect((await run('ip', ['netns', 'list'])).stdout).not.toContain(`bq${number}-`);
  });
});
