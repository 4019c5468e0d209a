import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../dev/free-port.ts';
import { keyPairOf, witnessKeyHash } from '../../dev/lock.ts';
import { payment } from '../../dev/payment.ts';
import { type RegtestNode, startRegtest } from '../../dev/regtest.ts';
import { Sandbox, type SandboxProcess } from '../../dev/sandbox.ts';
import type { BuiltTransaction, Coin, NewOutput } from '../../dev/transaction-builder.ts';
import { until } from '../../dev/until.ts';
import { decodeEventCursor, encodeEventCursor, endOfEvent } from '../../src/live/live-event.ts';
import type { ChainStore } from '../../src/store/store.ts';
import { post } from '../gateway/support.ts';
import { describeWith } from '../services/suite.ts';
import { mineCoins } from '../support/coins.ts';
import { opReturn } from '../support/data-scripts.ts';
import { type Home, sqliteHome, startIndexer } from '../support/indexer-process.ts';
import { untilCaughtUp } from '../support/live-index.ts';
import { BITQL, bitql, cleanEnvironment, run } from './support.ts';
import { Watcher } from './watcher.ts';

const PAYEE = witnessKeyHash(keyPairOf('watched payee'));
const OTHER = witnessKeyHash(keyPairOf('other payee'));
const NOBODY = witnessKeyHash(keyPairOf('nobody'));
/** A text that somebody may paste by mistake. */
const PRIVATE_KEY = '5Kd3NBUAdUnhyzenEwVLy9pBKxSwXvE9FMPyR4UKZvpe6E3AgLr';

/** Escapes that clear a screen (7 and 8 bit), a change of direction, a line break, and the end of a quote. */
const HOSTILE = 'evil\u001b[2J\u009b2J\u202elive\r\n\u2028"\\u001b';

describeWith('bitcoind')('bitql watch', ({ bitcoind }) => {
  let sandbox: Sandbox;
  let node: RegtestNode;
  let home: Home;
  let store: ChainStore;
  let coins: Coin[];
  let port: number;
  let url: string;
  let gateway: SandboxProcess;
  /** A cursor before everything that a test does. */
  let begin: string;
  /** A payment to PAYEE with the pushes "hello BitQL" and bytes that are not text. */
  let hello: BuiltTransaction;
  let watchers: Watcher[] = [];

  beforeAll(async () => {
    sandbox = new Sandbox('watch');
    node = await startRegtest({ bitcoind });
    coins = await mineCoins(node, 20);
    home = sqliteHome();
    store = await home.open();
    startIndexer(sandbox, 'indexer', { node, home });
    await untilCaughtUp(store, node);
    port = await freePort();
    url = `http://127.0.0.1:${port}`;
    await startGateway();
    begin = await presentCursor();
    hello = await pay([
      { value: 50_000, script: PAYEE.script },
      { value: 0, script: opReturn('hello BitQL', Uint8Array.of(0xff, 1)).script },
    ]);
    await pay([{ value: 60_000, script: OTHER.script }]);
    await mine(1);
  });

  afterEach(async () => {
    await Promise.all(watchers.map((watcher) => watcher.close()));
    watchers = [];
  });

  afterAll(async () => {
    await store?.close();
    await sandbox.close();
    await home?.[Symbol.asyncDispose]();
    await node?.close();
  });

  async function startGateway(): Promise<void> {
    const args = [BITQL, 'serve', '--store', home.location, '--port', String(port)];
    gateway = sandbox.start('gateway', process.execPath, args, cleanEnvironment());
    await until('the gateway', () => fetch(`${url}/schema.graphql`).catch(() => null));
  }

  async function presentCursor(): Promise<string> {
    const { data } = await post(url, '{ chain { cursor } }');
    return data.chain.cursor;
  }

  /** A cursor from before the log of events begins. */
  const forgotten = () =>
    encodeEventCursor(endOfEvent({ number: { epoch: 0, counter: 0 }, part: 0, index: 0 }, decodeEventCursor(begin)));

  async function pay(outputs: readonly NewOutput[], coin = coins.pop()!, fee = 10_000): Promise<BuiltTransaction> {
    const built = payment([coin], { outputs, fee });
    await node.rpc('sendrawtransaction', built.hex, 0);
    await untilCaughtUp(store, node);
    return built;
  }

  const say = (...data: readonly (string | Uint8Array)[]) => pay([{ value: 0, script: opReturn(...data).script }]);

  async function mine(count: number): Promise<void> {
    await node.mine(count);
    await untilCaughtUp(store, node);
  }

  const endpoint = () => ['--endpoint', `${url}/graphql`];

  function watch(...args: readonly string[]): Watcher {
    const watcher = new Watcher([...endpoint(), ...args]);
    watchers.push(watcher);
    return watcher;
  }

  /** Its output for past events, as JSON. */
  async function past(...args: readonly string[]) {
    const { code, stdout, stderr } = await bitql(['watch', ...endpoint(), '--after', begin, '--json', ...args]);
    expect(stderr).toBe('');
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    return lines.map((line) => JSON.parse(line));
  }

  it('prints the events of transactions for people, a line each', async () => {
    const watcher = watch('--after', await presentCursor());
    const coin = coins.pop()!;
    const first = await pay([{ value: 0, script: opReturn('first').script }], coin);
    const second = await pay([{ value: 0, script: opReturn(Uint8Array.of(0xff, 0xab)).script }], coin, 30_000);
    await mine(1);
    const height = await node.rpc<number>('getblockcount');
    await node.rpc('invalidateblock', await node.rpc('getbestblockhash'));
    // The payee differs, because otherwise the block would be the same again.
    await node.mine(1, NOBODY.address);
    await mine(1);
    const amount = (49.9999e8).toLocaleString('en-US');
    const has = (pattern: RegExp) =>
      expect.poll(() => watcher.lines, { timeout: 30_000 }).toContainEqual(expect.stringMatching(pattern));
    await has(new RegExp(`^\\d\\d:\\d\\d:\\d\\d accepted     ${first.txid} ${amount} sat, [\\d.]+ sat/vB, "first"$`));
    await has(new RegExp(`^\\S+ removed      ${first.txid} replaced by ${second.txid}, ${amount} sat, .*"first"$`));
    await has(new RegExp(`^\\S+ confirmed    ${second.txid} in block ${height}, 4,999,970,000 sat, .*, 0xffab$`));
    await has(new RegExp(`^\\S+ reorganised  ${second.txid} out of block ${height}, `));
    await has(/^\S+ reorganised {2}[0-9a-f]{64} out of block \d+, 5,000,030,000 sat, 0xaa21a9ed/);
    expect(watcher.stderr).toBe('');
  });

  it('prints the events of blocks for people', async () => {
    const { code, stdout } = await bitql(['watch', ...endpoint(), '--after', begin, '--blocks', '--count', '1']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\S+ connected {4}[0-9a-f]{64} height \d+, 3 transactions, 20,000 sat of fees\n$/);
  });

  it('prints for people what addresses receive and spend, and names the address if there are several', async () => {
    const one = await bitql(['watch', ...endpoint(), '--after', begin, '--address', PAYEE.address!, '--count', '1']);
    expect(one.stdout).toMatch(/^\S+ accepted {5}\S+ received 50,000 sat, [\d.]+ sat\/vB, "hello BitQL" 0xff01\n$/);
    const two = `${PAYEE.address}, ${OTHER.address}`;
    const both = await bitql(['watch', ...endpoint(), '--after', begin, '--address', two, '--count', '2']);
    expect(both.stdout).toContain(`received 50,000 sat, ${PAYEE.address}, `);
    expect(both.stdout).toContain(`received 60,000 sat, ${OTHER.address}, `);
    const miner = coins[0]!.lock.address!;
    const spender = await bitql(['watch', ...endpoint(), '--after', begin, '--address', miner, '--count', '1']);
    expect(spender.stdout).toContain(' received 4,999,940,000 sat, spent 5,000,000,000 sat, ');
  });

  it('prints the events for programs unchanged', async () => {
    const [event] = await past('--count', '1');
    expect(event).toEqual({
      cursor: expect.stringMatching(/^[\w-]+$/),
      kind: 'ACCEPTED',
      reason: null,
      by: null,
      block: null,
      transaction: {
        txid: hello.txid,
        virtualSize: expect.any(Number),
        fee: 10_000,
        feeRate: expect.any(Number),
        outputValue: 4_999_990_000,
        outputs: [
          { value: 50_000, address: PAYEE.address, data: null },
          {
            value: 0,
            address: null,
            data: {
              pushes: [
                { utf8: 'hello BitQL', hex: '68656c6c6f20426974514c' },
                { utf8: null, hex: 'ff01' },
              ],
            },
          },
          { value: 4_999_940_000, address: coins[0]!.lock.address, data: null },
        ],
      },
    });
  });

  it.each([
    ['--address', () => PAYEE.address!],
    ['--data', () => 'hello'],
    ['--data-hex', () => '68656C6C'],
    ['--data-hex', () => 'ff'],
    ['--filter', () => JSON.stringify({ txids: [hello.txid], confirmed: false })],
  ])('watches the filter in %s', async (flag, value) => {
    const events = await past(flag, value(), '--count', '2');
    expect(events.map(({ kind, transaction }) => [kind, transaction.txid])).toEqual([
      ['ACCEPTED', hello.txid],
      ['CONFIRMED', hello.txid],
    ]);
  });

  it("watches a user's own subscription, with variables and from standard input", async () => {
    const query = `subscription Mine($address: String!) { address(addresses: [$address]) { received } }`;
    const variables = JSON.stringify({ address: OTHER.address });
    expect(await past(query, '--variables', variables, '--count', '1')).toEqual([{ received: 60_000 }]);
    const args = ['watch', '-', ...endpoint(), '--after', begin, '--count', '1'];
    const { code, stdout } = await bitql(args, { input: 'subscription { blocks { kind } }' });
    expect([code, stdout]).toEqual([0, '{"kind":"CONNECTED"}\n']);
  });

  it('sends a key', async () => {
    const key = (await bitql(['keys', 'add', 'watcher', '--store', home.location])).stdout.trim();
    expect(await past('--key', key, '--count', '1')).toHaveLength(1);
    const { code, stderr } = await bitql(['watch', ...endpoint(), '--key', 'unknown']);
    expect([code, stderr]).toEqual([1, expect.stringContaining('UNAUTHENTICATED')]);
  });

  it('begins at the present by default', async () => {
    const before = await node.rpc<number>('getblockcount');
    const watcher = watch('--blocks');
    await until('a block', async () => {
      if (watcher.lines.length === 0) await mine(1);
      return watcher.lines.length > 0;
    });
    const height = Number(/ height (\d+), /.exec(watcher.lines[0]!)![1]);
    expect(height).toBeGreaterThan(before);
  });

  it('continues without a gap or a repetition when the gateway is killed and comes back', async () => {
    const after = await presentCursor();
    const watcher = watch('--after', after, '--data', 'news', '--json');
    const sent = [(await say('news 1')).txid];
    await watcher.untilLines(1);
    for (let round = 2; round <= 4; round++) {
      gateway.kill('SIGKILL');
      await gateway.ended;
      sent.push((await say(`news ${round}`)).txid);
      await startGateway();
      sent.push((await say(`news ${round} again`)).txid);
      await watcher.untilLines(sent.length);
    }
    expect(watcher.lines.map((line) => JSON.parse(line).transaction.txid)).toEqual(sent);
    const notes = watcher.stderr.trimEnd().split('\n');
    expect(notes.filter((note) => note.includes('is interrupted ('))).toHaveLength(3);
    expect(notes.filter((note) => note === 'Connected again.')).toHaveLength(3);
    expect(notes).toHaveLength(6);
    await mine(1);
  });

  it('waits for a gateway that has not started yet', async () => {
    gateway.kill('SIGKILL');
    await gateway.ended;
    const watcher = watch('--after', begin, '--count', '1');
    await watcher.untilNoted(
      /^No gateway answers at .*: nothing listens there \(ECONNREFUSED\)\. .*Trying again until one answers\.$/m,
    );
    await startGateway();
    expect(await watcher.ended).toBe(0);
    expect(watcher.lines).toHaveLength(1);
  });

  it('ends at Ctrl-C with code 0, and says where to continue', async () => {
    const first = watch('--after', await presentCursor(), '--data', 'part');
    await say('part one');
    await first.untilLines(1);
    expect(await first.interrupt()).toBe(0);
    const cursor = /^Continue with: bitql watch \.\.\. --after ([\w-]+)\n$/.exec(first.stderr)?.[1];
    const { txid } = await say('part two');
    const second = await bitql(['watch', ...endpoint(), '--after', cursor!, '--data', 'part', '--count', '1']);
    expect(second.stdout).toContain(txid);
    await mine(1);
  });

  it('ends quietly when nobody reads on', async () => {
    const line = `"$0" "$1" watch --endpoint "$2" --after "$3" --blocks | head -n 1`;
    const args = ['-o', 'pipefail', '-c', line, process.execPath, BITQL, `${url}/graphql`, begin];
    const running = run('bash', args);
    let isOver = false;
    running.then(() => {
      isOver = true;
    });
    // It notices that when it writes.
    await until('its end', async () => {
      if (!isOver) await mine(1);
      return isOver;
    });
    const { code, stdout, stderr } = await running;
    expect([code, stdout.trimEnd().split('\n').length, stderr]).toEqual([0, 1, '']);
  });

  it("shows strangers' text, which cannot command the terminal", async () => {
    const after = await presentCursor();
    await say(HOSTILE);
    const args = ['watch', ...endpoint(), '--after', after, '--count', '1'];
    const [people, programs] = await Promise.all([bitql(args), bitql([...args, '--json'])]);
    for (const { stdout } of [people, programs]) expect(stdout).toMatch(/^[^\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+\n$/u);
    expect(people.stdout).toContain(String.raw`"evil\u001b[2J\u009b2J\u202elive\r\n\u2028\"\\u001b"`);
    expect(JSON.parse(programs.stdout).transaction.outputs[0].data.pushes[0].utf8).toBe(HOSTILE);
  });

  it('shows the beginning of a long text', async () => {
    const after = await presentCursor();
    const texts = [`long ${'ü'.repeat(80)}`, `long ${'\u{1f30d}'.repeat(75)}`];
    const built = texts.map((text) =>
      payment([coins.pop()!], { outputs: [{ value: 0, script: opReturn(text).script }] }),
    );
    // The mempool would not accept so much data.
    await node.mineBlock(built.map(({ hex }) => hex));
    const args = ['watch', ...endpoint(), '--after', after, '--data', 'long', '--count', '2'];
    const [first, second] = (await bitql(args)).stdout.split('\n');
    expect(first).toMatch(/, "long ü{75}"\.\.\.$/);
    expect(second).toMatch(/, "long \u{1f30d}{75}"$/u);
  });

  it.each([
    ['an expired cursor', () => ['--after', forgotten()], '(EVENTS_EXPIRED)'],
    ['a damaged cursor', () => ['--after', 'abc'], '(BAD_CURSOR)'],
    ['a damaged address', () => ['--address', `${NOBODY.address}q`], '(BAD_ADDRESS)'],
    [
      'a private key',
      () => ['--address', `${NOBODY.address},${PRIVATE_KEY}`],
      'Number 2 of `addresses`: This is a private key',
    ],
    ['a filter of its own making', () => ['--filter', '{ "colour": "red" }'], '(BAD_USER_INPUT)'],
    ['null in a filter', () => ['--filter', '{ "address": null }'], '`filter.address` is null'],
    ['a field that there is not', () => ['subscription { blocks { colour } }'], '(GRAPHQL_VALIDATION_FAILED)'],
    ['no gateway', () => ['--endpoint', `${url}/nothing`], 'does not send GraphQL events (HTTP 404)'],
  ])('ends with code 1 at %s', async (_, args, message) => {
    const { code, stdout, stderr } = await bitql(['watch', ...endpoint(), ...args()]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error .*\n$/);
    expect(stderr).toContain(message);
    expect(stderr).not.toContain(PRIVATE_KEY);
  });
});

it.each([
  [['--address', 'a', '--blocks'], 'error --address and --blocks exclude each other: give one of them.'],
  [
    ['subscription { a }', '--data', 'a', '--data-hex', '00', '--filter', '{}'],
    'error --data and --data-hex and --filter and SUBSCRIPTION exclude each other: give one of them.',
  ],
  [['--variables', '{}'], 'error --variables needs SUBSCRIPTION.'],
  [['--data', ''], 'error --data must be a text.'],
  [['--data-hex', '123'], 'error --data-hex must be hexadecimal digits, two per byte.'],
  [['--address', 'a,,b'], 'error --address must be an address, or several separated by commas.'],
  [['--filter', '[]'], 'error --filter must be a JSON object such as'],
  [['--after', 'a b'], 'error --after must be a cursor'],
  [['--count', '0'], 'error --count must be a whole number from 1 to'],
  [['--endpoint', 'ftp://localhost:4000'], 'error --endpoint must be an address'],
  [['{ chain { lag } }'], 'error SUBSCRIPTION is a query: use "bitql query" for it.'],
  [['subscription {'], 'error SUBSCRIPTION is not GraphQL: Syntax Error: '],
  [['fragment F on T { f }'], 'error SUBSCRIPTION must contain exactly one operation.'],
  [['subscription A { a } subscription B { b }'], 'error SUBSCRIPTION must contain exactly one operation.'],
])('bitql watch %j is a mistake', async (args, message) => {
  const { code, stdout, stderr } = await bitql(['watch', ...args]);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
  expect(stderr).toContain('See bitql watch --help.');
});
