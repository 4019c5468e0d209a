import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import { until } from '../../dev/until.ts';
import { SqliteAccess } from '../../src/access/sqlite-access.ts';
import { parseTiers } from '../../src/access/tiers.ts';
import { parseNodeAddress } from '../../src/rpc/credentials.ts';
import { Rpc } from '../../src/rpc/rpc.ts';
import { BITQL, bitql, cleanEnvironment } from '../cli/support.ts';
import { post, serve, storeOf } from '../gateway/support.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { MadeChain } from '../support/made-chain.ts';

const BROADCAST = 'mutation ($raw: Hex!) { broadcastTransaction(raw: $raw) }';
/** Without the bound, it took 46 seconds or more. */
const SOON = { timeoutMs: 20_000 };

/** Resolves to the bitcoind that a command has started below its temporary folder. */
function pidIn(folder: string): number | undefined {
  const sandbox = readdirSync(folder).find((name) => name.startsWith('bitql-regtest-'));
  const list = join(folder, sandbox ?? '', 'pids');
  const [pid] = existsSync(list) ? readFileSync(list, 'utf8').split('\n') : [];
  return pid ? Number(pid) : undefined;
}

/** A real node that is suspended: it accepts connections, and no longer answers. */
describeWith('bitcoind')('a node that hangs', ({ bitcoind }) => {
  const sandbox = new Sandbox('hung-node');
  let node: RegtestNode;

  beforeAll(async () => {
    node = await startRegtest({ bitcoind, zmq: true });
    await node.mine(200);
  });

  afterAll(async () => {
    await node.close();
    await sandbox.close();
  });

  async function whileHung(work: () => Promise<void>): Promise<void> {
    process.kill(node.pid!, 'SIGSTOP');
    try {
      await work();
    } finally {
      process.kill(node.pid!, 'SIGCONT');
    }
  }

  const start = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): SandboxProcess =>
    sandbox.start(name, process.execPath, [BITQL, ...args], { ...cleanEnvironment(), ...env });

  async function endsWell(running: SandboxProcess, signal: NodeJS.Signals): Promise<void> {
    running.kill(signal);
    await until(`the end at ${signal}`, () => running.result !== undefined, SOON);
    expect([running.result, running.output()]).toEqual([0, expect.stringContaining('Stopping')]);
  }

  it('does not delay a broadcast beyond its deadline, and is sent a bounded number', async () => {
    const coins = await mineCoins(node, 1);
    const { hex, txid } = payment([coins[0]!]);
    const store = await storeOf(new MadeChain(1).mine(2).blocks, 10);
    const access = new SqliteAccess(join(sandbox.folder, 'access.db'));
    const tiers = parseTiers(JSON.stringify({ anonymous: { deadlineMs: 2_000 } }));
    const callers = { access, tiers, trustedProxies: [], maxSubscriptions: 1 };
    const rpc = new Rpc(parseNodeAddress(node.urlWithPassword), { atOnce: 3 });
    const gateway = await serve(store, { node: rpc, callers });
    try {
      await whileHung(async () => {
        const answers = await Promise.all(Array.from({ length: 5 }, () => post(gateway.url, BROADCAST, { raw: hex })));
        const codes = answers.map(({ errors }) => errors?.[0]?.extensions.code).sort();
        expect(codes).toEqual(['NODE_UNREACHABLE', 'NODE_UNREACHABLE', 'TIMEOUT', 'TIMEOUT', 'TIMEOUT']);
        expect(answers.map(({ status }) => status).sort()).toEqual([503, 503, 504, 504, 504]);
      });
      // A transaction may be sent again: the node gives the same answer for one that it has.
      const answer = await until('an answer', async () => {
        const { data } = await post(gateway.url, BROADCAST, { raw: hex });
        return data?.broadcastTransaction;
      });
      expect(answer).toBe(txid);
    } finally {
      await gateway.close();
      await Promise.all([access.close(), store.close()]);
    }
  });

  it.each([
    ['index', 'SIGTERM'],
    ['up', 'SIGINT'],
  ] as const)('does not keep "bitql %s", which follows it, from ending', async (command, signal) => {
    const store = ['--store', `sqlite:${sandbox.folder}/${command}.db`];
    const follow = [command, '--node', node.urlWithPassword, ...store];
    const running = start(command, command === 'up' ? [...follow, '--port', '0', '--tiers', 'none'] : follow);
    await until('the index', async () =>
      (await bitql(['status', '--json', ...store])).stdout.includes('"synced": true'),
    );
    await whileHung(() => endsWell(running, signal));
  });

  it('does not keep "bitql dev" from ending, whether it runs or starts', async () => {
    const [running, begun] = ['running', 'begun'].map((name) => join(sandbox.folder, name));
    for (const folder of [running!, begun!]) mkdirSync(folder);
    const dev = start('dev', ['dev', '--port', '0'], { TMPDIR: running, BITCOIND: bitcoind });
    await until('the chain', () => dev.output().includes('/graphiql'));
    process.kill(await until('its bitcoind', () => pidIn(running!)), 'SIGSTOP');
    await endsWell(dev, 'SIGTERM');

    const never = join(sandbox.folder, 'never');
    writeFileSync(never, `#!/bin/sh\ncase "$*" in *-help*) exec ${bitcoind} "$@";; esac\nexec sleep 1000\n`);
    chmodSync(never, 0o755);
    const starting = start('starting', ['dev', '--port', '0'], { TMPDIR: begun, BITCOIND: never });
    await until('its bitcoind', () => pidIn(begun!));
    await endsWell(starting, 'SIGINT');
  });
});
