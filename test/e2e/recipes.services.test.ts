import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { type Dev, startDev } from '../../dev/start-dev.ts';
import { until } from '../../dev/until.ts';
import { describeWith } from '../services/suite.ts';
import { Example } from '../support/example.ts';
import { FaultyProxy } from '../support/faulty-proxy.ts';

const PAYEE = 'bcrt1qptrgfwdcrmj6pp55glu08d73tgmtz7v32r4t27';
const APP = 'my-app';

/** Each test starts a chain and several programs. */
vi.setConfig({ testTimeout: 180_000 });

describeWith('bitcoind')('recipes', ({ bitcoind }) => {
  let dev: Dev;
  let sandbox: Sandbox;

  beforeEach(async () => {
    dev = await startDev({ bitcoind });
    sandbox = new Sandbox('recipes');
  });

  afterEach(async () => {
    await sandbox.close();
    await dev.close();
  });

  /** A way to the gateway that can be cut. */
  async function wayToGateway(): Promise<{ proxy: FaultyProxy; url: string }> {
    const proxy = await FaultyProxy.start(dev.url);
    const url = new URL(proxy.uriOf(dev.url));
    url.search = '';
    return { proxy, url: url.href };
  }

  const awayAt = (url: string) =>
    `No gateway answers at ${url}: is it running, and the address right, with /graphql at its end? Trying again.\n`;

  it('a payment is watched through a replacement, a reorganisation and a lost connection', async () => {
    const { proxy, url } = await wayToGateway();
    await using _ = proxy;
    await using watch = new Example('watch-payment.mjs', [PAYEE, '50000', '3', url]);
    await watch.nextLine('not paid yet');
    const { txid } = await dev.chain.send({ to: PAYEE, value: 50_000 });
    await watch.nextLine(`${txid} has 0 of 3 confirmations`);
    const { by } = await dev.chain.replace(txid);
    await watch.nextLine(`${by} has 0 of 3 confirmations`);
    await dev.chain.mine();
    await watch.nextLine(`${by} has 1 of 3 confirmations`);
    await dev.chain.reorg();
    await watch.nextLine(`${by} has 0 of 3 confirmations`);
    await proxy.goAway();
    await dev.chain.mine(2);
    await dev.settled();
    await proxy.comeBack();
    await watch.nextLine(`${by} has 2 of 3 confirmations`);
    await dev.chain.mine();
    expect(await watch.ended).toBe(0);
    expect(watch.lines).toContain(`${txid} is gone, for ${by}`);
    expect(watch.lines).toContain(`${by} is out of its block`);
    expect([watch.lines.at(-1), watch.trouble]).toEqual(['paid', awayAt(url)]);
  });

  it('a payment that is too small does not count', async () => {
    await using watch = new Example('watch-payment.mjs', [PAYEE, '50000', '0', dev.url]);
    await watch.nextLine('not paid yet');
    await dev.chain.send({ to: PAYEE, value: 49_999 });
    const { txid } = await dev.chain.send({ to: PAYEE, value: 50_000 });
    expect(await watch.ended).toBe(0);
    expect(watch.lines).toEqual(['not paid yet', `${txid} has 0 of 0 confirmations`, 'paid']);
  });

  const feed = (height: string, url = dev.url) => new Example('feed.mjs', [APP, height, url], sandbox.folder);

  const tip = async () =>
    (await dev.query<{ chain: { tip: { height: number; hash: string } } }>('{ chain { tip { height hash } } }')).chain
      .tip;

  it('a feed has all posts since a height, then those that come, and misses nothing while it or the gateway is away', async () => {
    const early = await dev.chain.data(APP, 'before');
    await dev.chain.mine();
    await dev.settled();
    const start = (await tip()).height + 1;
    const old = [];
    for (const text of ['one', 'two']) {
      old.push((await dev.chain.data(APP, text)).txid);
      await dev.chain.data('other app', text);
      await dev.chain.mine();
    }
    await dev.settled();
    const { proxy, url } = await wayToGateway();
    await using _ = proxy;
    const shown = [`+ ${old[0]} ${start}`, `+ ${old[1]} ${start + 1}`];
    await using first = feed(String(start), url);
    await until('old posts', () => first.lines.length === 2);
    const third = (await dev.chain.data(APP, 'three')).txid;
    await first.nextLine(`+ ${third} unconfirmed`);
    expect(first.lines).toEqual([...shown, `+ ${third} unconfirmed`]);
    await proxy.goAway();
    await dev.chain.mine();
    await dev.settled();
    await proxy.comeBack();
    await first.nextLine(`+ ${third} ${start + 2}`);
    await first[Symbol.asyncDispose]();
    expect(first.trouble).toBe(awayAt(url));
    await dev.chain.reorg();
    const fourth = (await dev.chain.data(APP, 'four')).txid;
    await dev.settled();
    await using second = feed(String(start), url);
    await second.nextLine(`+ ${fourth} unconfirmed`);
    expect(second.lines).toEqual([`- ${third}`, `+ ${third} unconfirmed`, `+ ${fourth} unconfirmed`]);
    expect([...first.lines, ...second.lines].join()).not.toContain(early.txid);
    expect(second.trouble).toBe('');
  });

  it('a feed begins at the tip if no height is given', async () => {
    await dev.chain.data(APP, 'before');
    await dev.chain.mine(2);
    await dev.settled();
    await using example = new Example('feed.mjs', [APP, 'tip', dev.url], sandbox.folder);
    await using other = new Example('feed.mjs', [APP, '0', dev.url, 'other.db'], sandbox.folder);
    await until('the old post', () => other.lines.length === 1);
    const { txid } = await dev.chain.data(APP, 'now');
    await other.nextLine(`+ ${txid} unconfirmed`);
    await until('the new post', () => example.lines.length > 0);
    expect(example.lines).toEqual([`+ ${txid} unconfirmed`]);
  });

  async function beginAnew(): Promise<void> {
    await dev.close();
    // Chains that begin in the same second have the same blocks.
    const second = Math.floor(Date.now() / 1_000);
    await until('the next second', () => Date.now() / 1_000 >= second + 1);
    dev = await startDev({ bitcoind, port: Number(new URL(dev.url).port) });
  }

  it('a feed begins again if the chain is another one, even if its index is longer', async () => {
    await dev.chain.data(APP, 'of the old chain');
    await dev.settled();
    await using first = feed('0');
    await until('the old post', () => first.lines.length === 1);
    await beginAnew();
    const { txid } = await dev.chain.data(APP, 'of the new chain');
    for (let n = 0; n < 5; n++) await dev.chain.send();
    await first.nextLine(`+ ${txid} unconfirmed`);
    await first[Symbol.asyncDispose]();
    const beginsAgain = `The chain at ${dev.url} is another one than that of the posts in feed.db: beginning again from the start.\n`;
    expect(first.trouble).toContain(beginsAgain);
    await dev.chain.mine();
    await dev.settled();
    await beginAnew();
    await using second = feed('0');
    await until('that it begins again', () => second.trouble !== '');
    const third = (await dev.chain.data(APP, 'of the third chain')).txid;
    await second.nextLine(`+ ${third} unconfirmed`);
    expect([second.lines, second.trouble]).toEqual([[`+ ${third} unconfirmed`], beginsAgain]);
  });

  it('an explorer shows blocks, transactions and addresses, and escapes their text', async () => {
    const sent = await dev.chain.send({ to: PAYEE, value: 50_000 });
    const said = await dev.chain.data('<script>alert(1)</script>');
    await dev.chain.mine();
    await dev.settled();
    const { height, hash } = await tip();
    const port = await freePort();
    await using explorer = new Example('explorer.mjs', [dev.url, String(port)]);
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      return { status: response.status, url: response.url, text: await response.text() };
    };
    const home = await until('the explorer', () => get('/').catch(() => null));
    expect(home).toMatchObject({ status: 200, url: expect.stringMatching(`/block/${height}$`) });
    expect(home.text).toContain(`href="/tx/${sent.txid}"`);
    const transaction = await get(`/tx/${sent.txid}`);
    expect(transaction.text).toContain(`href="/address/${PAYEE}"`);
    expect(transaction.text).toContain('<td>50000</td>');
    expect(transaction.text).toContain(`<td>fee</td><td>${sent.fee}</td>`);
    const address = await get(`/address/${PAYEE}`);
    for (const part of [
      '<td>unspent</td><td>50000</td>',
      `<td>50000</td><td><a href="/tx/${sent.txid}">`,
      `<a href="/tx/${sent.txid}">${sent.txid}</a></td><td>1</td>`,
    ]) {
      expect(address.text).toContain(part);
    }
    const data = await get(`/tx/${said.txid}`);
    expect(data.text).toContain('&#60;script&#62;alert(1)&#60;/script&#62;');
    expect(data.text).not.toContain('<script>');
    expect((await get('/tx/nonsense')).status).toBe(400);
    const noBlock = await get('/block/abc');
    expect(noBlock).toMatchObject({ status: 400, text: expect.stringContaining('it has 3 characters') });
    expect((await get(`/block/${hash}`)).text).toContain(`<td>height</td><td>${height}</td>`);
    expect((await get('/%zz')).status).toBe(400);
    expect((await get(`/tx/${'ab'.repeat(32)}`)).status).toBe(404);
    expect([explorer.lines, explorer.trouble]).toEqual([[`The explorer is at http://localhost:${port}.`], '']);
    await using second = new Example('explorer.mjs', [dev.url, String(port)]);
    await second.ended;
    expect(second.trouble).toBe(`Port ${port} cannot be listened at (EADDRINUSE): give another one.\n`);
    await dev.close();
    expect(await get(`/block/${height}`)).toMatchObject({
      status: 502,
      text: `No gateway answers at ${dev.url}: is it running, and the address right, with /graphql at its end?`,
    });
  });
});
