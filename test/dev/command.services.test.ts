import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { Sandbox } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { redact } from '../../src/settings/redact.ts';
import { bitql } from '../cli/support.ts';
import { describeWith } from '../services/suite.ts';
import { temporaryDatabase } from '../support/temporary-store.ts';
import { DevProcess, processesOf } from './dev-process.ts';

interface Answer {
  readonly transaction: {
    readonly block: { readonly hash: string } | null;
    readonly removed: { readonly reason: string; readonly by: string | null } | null;
    readonly replacedBy: string | null;
  } | null;
}

describeWith('bitcoind')('bitql dev', ({ bitcoind }) => {
  let dev: DevProcess;

  beforeAll(async () => {
    dev = await DevProcess.start(bitcoind, await freePort());
  });
  afterAll(() => dev[Symbol.asyncDispose]());

  const transaction = async (txid: string) => {
    const query = `{ transaction(txid: "${txid}") { block { hash } removed { reason by } replacedBy } }`;
    return (await dev.ask<Answer>(query)).transaction;
  };
  const tip = async () => (await dev.ask<{ chain: { tip: object } }>('{ chain { tip { height hash } } }')).chain.tip;
  const PENDING = { block: null, removed: null, replacedBy: null };

  it('says where the chain is, and which actions there are', () => {
    const output = dev.process.output();
    expect(output).toContain(`http://127.0.0.1:${dev.port}/graphql`);
    expect(output).toMatch(/RPC {2}http:\/\/bitql:\w+@127\.0\.0\.1:\d+/);
    const [, store] = output.match(/store {7}sqlite:(\S+)\n/)!;
    expect(existsSync(store!)).toBe(true);
    for (const action of ['mine [N]', 'reorg [N]', 'send', 'data TEXT...', 'double-spend [TXID]', 'replace [TXID]']) {
      expect(output).toContain(`bitql dev ${action} --port ${dev.port}`);
    }
  });

  it('hides the login of the chain from other users', () => {
    const [file] = readdirSync(dev.temporary).filter((name) => name.endsWith(`-${dev.port}.json`));
    expect(statSync(join(dev.temporary, file!)).mode & 0o777).toBe(0o600);
    expect(JSON.parse(readFileSync(join(dev.temporary, file!), 'utf8'))).toEqual({
      nodeUrl: expect.stringContaining('http://bitql:'),
      url: `${dev.url}/graphql`,
    });
  });

  it('send: a payment is pending', async () => {
    const { txid } = await dev.act<{ txid: string }>('send', '--value', '4321');
    expect(await transaction(txid)).toEqual(PENDING);
    expect((await dev.run('send')).stdout).toMatch(
      /^Sent 1000000 satoshis to bcrt1\w+ for a fee of \d+: [0-9a-f]{64}\n$/,
    );
  });

  it('send: too large an amount is refused with the amount that there is, before anything is mined', async () => {
    const before = await tip();
    const { code, stdout, stderr } = await dev.run('send', '--value', '2000000000000000');
    expect([code, stdout, stderr]).toEqual([
      1,
      '',
      expect.stringMatching(
        /^error 2,000,000,000,0\d\d,\d{3} satoshis, with the fee, are more than this chain has to spend: [\d,]{10,}\. Send less, or mine first: each block brings new coins \("bitql dev mine 100"\)\. \(BAD_SETTING\)\n$/,
      ),
    ]);
    expect(await tip()).toEqual(before);
  });

  it('its help says that the node has no wallet', async () => {
    expect((await bitql(['dev', '--help'])).stdout).toMatch(/The node has no wallet/);
  });

  it('mine: blocks hold the pending transactions', async () => {
    const { txid } = await dev.act<{ txid: string }>('send');
    const mined = await dev.act<{ height: number; blocks: string[]; indexed: boolean }>('mine', '3');
    expect(mined.indexed).toBe(true);
    expect(await tip()).toEqual({ height: mined.height, hash: mined.blocks[2] });
    expect((await transaction(txid))?.block).toEqual({ hash: mined.blocks[0] });
    expect((await dev.run('mine')).stdout).toMatch(/^Mined 1 block: the tip is \d+ [0-9a-f]{64}\.\n$/);
  });

  it('reorg: the transactions of the blocks are pending again, and the blocks are stale', async () => {
    const { txid } = await dev.act<{ txid: string }>('send');
    const { blocks: stale } = await dev.act<{ blocks: string[] }>('mine', '2');
    const { blocks, fork } = await dev.act<{ blocks: string[]; fork: { height: number } }>('reorg', '2');
    expect(await transaction(txid)).toEqual(PENDING);
    expect(await tip()).toEqual({ height: fork.height + 3, hash: blocks[2] });
    const { block } = await dev.ask<{ block: object }>(`{ block(hash: "${stale[0]}") { onMainChain height } }`);
    expect(block).toEqual({ onMainChain: false, height: fork.height + 1 });
    expect((await dev.run('reorg')).stdout).toMatch(/^Replaced 1 block by 2 others: the tip is \d+ [0-9a-f]{64}\.\n$/);
    await dev.act('mine');
  });

  it('reorg: refuses to go below the first block', async () => {
    const { code, stdout, stderr } = await dev.run('reorg', '1000');
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error The chain has \d+ blocks above its first one, so its last 1000 cannot be replaced/);
  });

  it('data: is found by its text', async () => {
    const { txid, block } = await dev.act<{ txid: string; block: null }>('data', 'hello dev');
    expect(block).toBeNull();
    const found = await dev.ask<{ transactions: { nodes: object[] } }>(
      '{ transactions(filter: { data: { pushes: { equals: { utf8: "hello dev" } } } }) { nodes { txid } } }',
    );
    expect(found.transactions.nodes).toEqual([{ txid }]);
  });

  const pushesOf = async (txid: string) => {
    const query = `{ transaction(txid: "${txid}") { outputs { data { pushes { hex } } } } }`;
    const { transaction } = await dev.ask<{ transaction: { outputs: { data: { pushes: { hex: string }[] } }[] } }>(
      query,
    );
    return transaction.outputs.flatMap(({ data }) => data?.pushes.map(({ hex }) => hex) ?? []);
  };
  const hexOf = (text: string) => Buffer.from(text).toString('hex');

  it('data: each text is a push', async () => {
    const { txid, bytes, pushes } = await dev.act<{ txid: string; bytes: number; pushes: number }>(
      ...['data', 'my-app', '', 'hellö'],
    );
    expect([bytes, pushes]).toEqual([12, 3]);
    expect(await pushesOf(txid)).toEqual([hexOf('my-app'), '', hexOf('hellö')]);
    const { stdout } = await dev.run('data', 'my-app', 'hello');
    expect(stdout).toMatch(/^Sent 11 bytes of data in 2 pushes: [0-9a-f]{64}\n$/);
  });

  it.each([
    [['--hex', '6d792d617070', 'FF00'], '', ['6d792d617070', 'ff00']],
    [['6869', '--hex'], '', ['6869']],
    [['--', '--help', '-x'], '', [hexOf('--help'), hexOf('-x')]],
    [['-', 'x'], Uint8Array.of(0xff, 0x0a), ['ff0a', hexOf('x')]],
    [['--hex', '-', '01'], 'c0 F\nf\n', ['c0ff', '01']],
  ])('data: %j with %j has the pushes %j', async (args, input, expected) => {
    const { code, stdout, stderr } = await dev.give(input, 'data', '--json', ...args);
    expect([code, stderr]).toEqual([0, '']);
    expect(await pushesOf((JSON.parse(stdout) as { txid: string }).txid)).toEqual(expected);
  });

  it.each([
    [
      'too much',
      ['-'],
      990_001,
      'Standard input has more than 990000 bytes, which is more than one transaction takes: send it in parts.',
    ],
    ['too much together', ['x', '-'], 990_000, '990001 bytes of data are too many: one transaction takes 990000'],
    ['too many', Array.from({ length: 1_001 }, () => 'x'), 0, '1001 pushes are too many: one transaction takes 1000'],
  ])('data: %s are refused before anything is sent', async (_, args, length, message) => {
    const before = await dev.ask('{ chain { tip { hash } } mempool { count } }');
    const { code, stdout, stderr } = await dev.give('x'.repeat(length), 'data', ...args);
    expect([code, stdout, stderr]).toEqual([1, '', expect.stringContaining(message)]);
    expect(await dev.ask('{ chain { tip { hash } } mempool { count } }')).toEqual(before);
  });

  it('data: a transaction that the node does not relay is mined, and the output says so', async () => {
    const long = 'long '.repeat(100);
    const { txid, block, refusal } = await dev.act<{ txid: string; block: string; refusal: string }>('data', long);
    expect(refusal).not.toBeNull();
    expect((await transaction(txid))?.block).toEqual({ hash: block });
    const { stdout } = await dev.run('data', long);
    expect(stdout).toMatch(
      /^The node does not relay 500 bytes of data \(.+\), so generateblock mined them into [0-9a-f]{64}: /,
    );
  });

  it('double-spend: the loser is removed as a conflict', async () => {
    const { txid } = await dev.act<{ txid: string }>('send');
    const lost = await dev.act<{ txid: string; by: string; block: string }>('double-spend');
    expect(lost.txid).toBe(txid);
    expect(await transaction(txid)).toEqual({ ...PENDING, removed: { reason: 'CONFLICT', by: lost.by } });
    expect((await transaction(lost.by))?.block).toEqual({ hash: lost.block });
  });

  it('replace: the old one is removed as replaced', async () => {
    const { txid } = await dev.act<{ txid: string }>('send');
    const { by } = await dev.act<{ by: string }>('replace', txid);
    expect(await transaction(txid)).toEqual({ block: null, removed: { reason: 'REPLACED', by }, replacedBy: by });
    expect(await transaction(by)).toEqual(PENDING);
  });

  it('evict: it is removed as evicted, and the transactions that filled the mempool are pending', async () => {
    const { txid } = await dev.act<{ txid: string }>('send');
    const evicted = await dev.act<{ txid: string; fillers: string[] }>('evict');
    expect(evicted.txid).toBe(txid);
    expect(await transaction(txid)).toEqual({ ...PENDING, removed: { reason: 'EVICTED', by: null } });
    expect(await transaction(evicted.fillers[0]!)).toEqual(PENDING);
    await dev.act('mine', '5');
    expect(await dev.ask('{ mempool { count } }')).toEqual({ mempool: { count: 0 } });
  });

  it('says when it had to send a transaction first', async () => {
    const { stdout } = await dev.run('replace');
    expect(stdout).toMatch(/^Nothing was pending: sent a payment first\.\n[0-9a-f]{64} was replaced by /);
    expect((await dev.run('double-spend')).stdout).toMatch(
      /^[0-9a-f]{64} lost its coins to [0-9a-f]{64}, which is in block /,
    );
  });

  it.each([
    [['double-spend', 'zz'], 'not "zz": it has 2 characters'],
    [['evict', 'ab'.repeat(32)], 'is not pending'],
    [['send', '--to', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'], 'BAD_ADDRESS'],
    [['send', '--to', 'lnbc1pvjluezpp5qqqsyqcyq5rqwzqfqqqsyqcyq5rqwzqfqqqsyqcyq5rqwz'], 'a Lightning invoice'],
  ])('%j fails with advice', async (args, message) => {
    const { code, stdout, stderr } = await dev.run(...args);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain(message);
  });

  /** Ends a chain, and waits until all its files and processes are gone. */
  async function expectEnd(ending: DevProcess, signal: NodeJS.Signals, result: number | NodeJS.Signals): Promise<void> {
    expect(ending.leftovers().filter((what) => /regtest/.test(what)).length).toBeGreaterThan(1);
    ending.process.kill(signal);
    expect(await ending.process.ended, ending.process.output()).toBe(result);
    await until('all to be gone', () => ending.leftovers().length === 0);
    const { code, stderr } = await ending.run('mine');
    expect([code, stderr]).toEqual([1, expect.stringContaining(`No local chain is running at port ${ending.port}`)]);
  }

  it('runs beside another chain, each action acts on its own chain, and one chain can end alone', async () => {
    await using other = await DevProcess.start(bitcoind, await freePort());
    const before = await tip();
    const mined = await other.act<{ height: number; blocks: string[] }>('mine', '2');
    expect(await tip()).toEqual(before);
    const { chain } = await other.ask<{ chain: object }>('{ chain { tip { height hash } } }');
    expect(chain).toEqual({ tip: { height: mined.height, hash: mined.blocks[1] } });
    await expectEnd(other, 'SIGTERM', 0);
    expect(await tip()).toEqual(before);
  });

  it('does not begin if the port is taken', async () => {
    await using sandbox = new Sandbox('test-dev');
    const { code, stderr } = await bitql(['dev', '--port', String(dev.port)], {
      env: { BITCOIND: bitcoind, TMPDIR: sandbox.folder },
    });
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${dev.port} of 127.0.0.1 is in use`);
    await until('all to be gone', () => !readdirSync(sandbox.folder).some((name) => name.startsWith('bitql-')));
    expect(await tip()).not.toBeNull();
  });

  describe('ends', () => {
    it.each([
      ['SIGINT', 0],
      ['SIGKILL', 'SIGKILL'],
    ] as const)('by %s, and leaves nothing behind', async (signal, result) => {
      await using ending = await DevProcess.start(bitcoind, await freePort());
      await expectEnd(ending, signal, result);
    });

    it('by Ctrl-C, which goes to all processes of a terminal', async () => {
      await using ending = await DevProcess.start(bitcoind, await freePort());
      process.kill(-ending.process.pid!, 'SIGINT');
      expect(await ending.process.ended, ending.process.output()).toBe(0);
      await until('all to be gone', () => ending.leftovers().length === 0);
    });

    it('with an error when its node dies', async () => {
      await using ending = await DevProcess.start(bitcoind, await freePort());
      const { nodeUrl } = controlOf(ending);
      const { username, password, origin } = new URL(nodeUrl);
      const authorization = `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
      await fetch(origin, { method: 'POST', headers: { authorization }, body: '{"method":"stop"}' });
      expect(await ending.process.ended).toBe(1);
      expect(ending.process.output()).toMatch(/error The local chain's bitcoind has ended by itself/);
      await until('all to be gone', () => ending.leftovers().length === 0);
    });
  });
});

function controlOf(dev: DevProcess): { nodeUrl: string } {
  const [file] = readdirSync(dev.temporary).filter((name) => name.endsWith('.json'));
  return JSON.parse(readFileSync(join(dev.temporary, file!), 'utf8'));
}

describeWith('bitcoind', 'mongodb')('bitql dev with a store of its own', ({ bitcoind, mongodbUri }) => {
  it('indexes into a MongoDB database, which stays, by all that --index names', async () => {
    const { uri, drop } = temporaryDatabase(mongodbUri);
    try {
      await using dev = await DevProcess.start(bitcoind, await freePort(), ['--store', uri, '--index', 'inputs']);
      expect(dev.process.output()).toContain(`store       ${redact(uri)}\n`);
      const { height } = await dev.act<{ height: number }>('mine');
      dev.process.kill('SIGTERM');
      expect(await dev.process.ended).toBe(0);
      const { stdout } = await bitql(['status', '--store', uri, '--json']);
      expect(JSON.parse(stdout)).toMatchObject({ network: 'btc-regtest', tip: { height } });
      expect((await bitql(['status', '--store', uri])).stdout).toMatch(new RegExp(`^inputs +0 to ${height}$`, 'm'));
    } finally {
      await drop();
    }
  });
});

describe('bitql dev without something that it needs', () => {
  const sandbox = new Sandbox('test-dev');
  const env = { TMPDIR: sandbox.folder, BITCOIND: '', PATH: sandbox.folder };
  afterAll(() => sandbox.close());

  it('says how to get a bitcoind', async () => {
    const { code, stdout, stderr } = await bitql(['dev'], { env });
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error A local chain needs bitcoind.*bitcoincore\.org.*\(BAD_SETTING\)\n$/);
    expect(processesOf(sandbox.folder).filter((line) => line.includes('bitcoind'))).toEqual([]);
  });

  it('has no actions without a chain that runs', async () => {
    const { code, stderr } = await bitql(['dev', 'mine', '--port', '4321'], { env });
    expect([code, stderr]).toEqual([1, expect.stringContaining('No local chain is running at port 4321')]);
  });
});
