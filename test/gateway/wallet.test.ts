import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MovingChain } from '../support/moving-chain.ts';
import { encodeBlock, encodeCoinbase, p2pkhScript } from '../support/synthetic-chain.ts';
import { temporaryStore } from '../support/temporary-store.ts';
import { PUBLISHED, withPrefix } from '../wallet/keys.ts';
import { post, serve, storeOf, type TestGateway } from './support.ts';
import { describeWallet, TPUB, walletScript } from './wallet-suite.ts';

describeWallet('a wallet, with SQLite', temporaryStore);

describe('the keys of a wallet', () => {
  let chain: MovingChain;
  let gateway: TestGateway;
  const logged: string[] = [];

  beforeAll(async () => {
    chain = await MovingChain.create([{ value: 10_000, script: p2pkhScript(200) }]);
    const log = pino({ level: 'trace' }, { write: (line: string) => logged.push(line) });
    gateway = await serve(chain.store, { log });
  });

  afterAll(async () => {
    await gateway.close();
    await chain.close();
  });

  const xprv = withPrefix(PUBLISHED.bip44, 'xprv');
  const refusal = async (args: string, variables: object = {}) => {
    const { data, errors } = await post(
      gateway.url,
      `${args.includes('$key') ? 'query ($key: String) ' : ''}{ wallet(${args}) { complete } }`,
      variables,
    );
    expect(data?.wallet ?? null).toBeNull();
    return errors![0]!;
  };

  it.each([
    ['a private key', 'xpub: $key', { key: xprv }, { code: 'BAD_DESCRIPTOR', message: 'private key' }],
    [
      'a private key in the text',
      `descriptor: "wpkh(${xprv}/0/*)"`,
      {},
      { code: 'BAD_DESCRIPTOR', message: 'private key' },
    ],
    [
      'a private key among those of several signers',
      'descriptor: $key',
      { key: `wsh(sortedmulti(2,${TPUB}/0/*,[d34db33f/48h]${xprv}/0/*))` },
      { code: 'BAD_DESCRIPTOR', message: 'Give the descriptor with public keys' },
    ],
    [
      'a script without an address',
      `descriptor: "multi(1,${TPUB}/0/*)"`,
      {},
      { code: 'BAD_DESCRIPTOR', message: 'outputs(filter:' },
    ],
    [
      'a private key instead of a number',
      `xpub: "${TPUB}", gapLimit: "${xprv}"`,
      {},
      { code: 'GRAPHQL_VALIDATION_FAILED', message: 'Int' },
    ],
    ['a private key in a list', 'xpub: $key', { key: [xprv] }, { code: 'BAD_USER_INPUT', message: 'String' }],
    [
      'a private key that breaks the text',
      `xpub: "${xprv}" )`,
      {},
      { code: 'GRAPHQL_PARSE_FAILED', message: 'Syntax' },
    ],
    ['a key of another network', `xpub: "${PUBLISHED.bip44}"`, {}, { code: 'BAD_DESCRIPTOR', message: 'main network' }],
    ['nothing', 'xpub: $key', {}, { code: 'BAD_QUERY', message: 'exactly one' }],
    ['both', `xpub: "${TPUB}", descriptor: "pkh(${TPUB})"`, {}, { code: 'BAD_QUERY', message: 'exactly one' }],
    ['no gap', `xpub: "${TPUB}", gapLimit: 0`, {}, { code: 'BAD_QUERY', message: 'from 1 to 100' }],
    ['too long a gap', `xpub: "${TPUB}", gapLimit: 101`, {}, { code: 'BAD_QUERY', message: 'from 1 to 100' }],
  ])(
    'are refused with the reason, and private ones are not repeated: %s',
    async (_, args, variables, { code, message }) => {
      const error = await refusal(args, variables);
      expect(error).toMatchObject({ message: expect.stringContaining(message), extensions: { code } });
      expect(JSON.stringify(error)).not.toContain(xprv.slice(4, 30));
    },
  );

  it('are in no line of the log, whatever its level', async () => {
    await post(gateway.url, `{ wallet(xpub: "${TPUB}") { complete transactions { nodes { txid } } } }`);
    const query = `{ wallet(xpub: "${TPUB}") { complete } }`;
    const headers = { 'x-apollo-operation-name': 'a' };
    expect((await fetch(`${gateway.url}/graphql?query=${encodeURIComponent(query)}`, { headers })).status).toBe(200);
    await refusal('xpub: $key', { key: xprv });
    expect(logged.length).toBeGreaterThan(0);
    for (const key of [TPUB, xprv, PUBLISHED.bip44]) expect(logged.join('')).not.toContain(key.slice(4, 30));
  });

  it('are told to be incomplete while blocks are missing in which their addresses may be used', async () => {
    const block = encodeBlock(new Uint8Array(32), 1_000, [
      encodeCoinbase(7, [{ value: 5, script: walletScript(0, 1) }]),
    ]);
    const store = await storeOf([block], 7);
    const partial = await serve(store);
    const { data } = await post(
      partial.url,
      `{ wallet(xpub: "${TPUB}") { complete balance { unspent } chains { nextUnused { path } } } }`,
    );
    await partial.close();
    await store.close();
    expect(data.wallet).toEqual({
      complete: false,
      balance: { unspent: null },
      chains: [{ nextUnused: { path: '0/2' } }, { nextUnused: { path: '1/0' } }],
    });
  });

  it('are paid for, each key of each address', async () => {
    const charged = async (descriptor: string) => {
      const { data, extensions } = await post(
        gateway.url,
        'query ($d: String) { wallet(descriptor: $d) { complete } }',
        {
          d: descriptor,
        },
      );
      expect(data.wallet.complete).toBe(true);
      return (extensions!.cost as { charged: number }).charged;
    };
    const keys = (count: number) => Array.from({ length: count }, (_, i) => `${TPUB}/77/${i}/*`).join(',');
    const [one, twenty] = [await charged(`wsh(multi(1,${keys(1)}))`), await charged(`wsh(multi(1,${keys(20)}))`)];
    expect(twenty).toBeGreaterThan(10 * one);
    // What was derived is kept.
    expect(await charged(`wsh(multi(1,${keys(20)}))`)).toBeLessThan(twenty / 5);
  });

  it('of more addresses than one request derives are told to be incomplete', async () => {
    const indexes = Array.from({ length: 60 }, (_, i) => i);
    const outputs = indexes.map((index) => ({ value: 1, script: walletScript(0, index) }));
    const pays = chain.make([{ txid: chain.tip.transactions[0]!.transaction.txid, index: 0 }], outputs);
    await chain.commit({ connect: [[pays]] });
    const ten = '<0;1;2;3;4;5;6;7;8;9>';
    const { data } = await post(
      gateway.url,
      `{ wallet(descriptor: "pkh(${TPUB}/${ten}/*)", gapLimit: 100) { complete chains { addressCount nextUnused { index } } } }`,
    );
    expect(data.wallet.complete).toBe(false);
    expect(data.wallet.chains[0]).toEqual({ addressCount: 100, nextUnused: { index: 60 } });
  });
});
