import { describe, expect, it } from 'vitest';
import { addressOf } from '../../src/chain/address.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { networkById } from '../../src/chain/networks.ts';
import { encodeBlock, encodeCoinbase, encodeTransaction, p2pkhScript } from '../support/synthetic-chain.ts';
import { gatewayOver, post, serve, storeOf } from './support.ts';

/** More than one request may add up one by one. */
const BUSY_TRANSACTIONS = 13_000;
const FIRST_HEIGHT = 10;
const [BUSY, QUIET] = [1, 2].map((key) => addressOf(p2pkhScript(key), networkById('btc-regtest'))!) as [string, string];
const BAD_CURSOR = 'bm8gY3Vyc29y';

/** Two blocks: one for an address with very many payments, and one for another. */
function blocks(): Uint8Array[] {
  const outputs = [{ value: 50, script: p2pkhScript(1) }];
  const payments = Array.from({ length: BUSY_TRANSACTIONS }, (_, index) =>
    encodeTransaction([{ txid: new Uint8Array(32).fill(7), index }], outputs),
  );
  const busy = encodeBlock(new Uint8Array(32), 1_600_000_000, [encodeCoinbase(FIRST_HEIGHT, outputs), ...payments]);
  const quiet = encodeCoinbase(FIRST_HEIGHT + 1, [{ value: 50, script: p2pkhScript(2) }]);
  return [busy, encodeBlock(hashOf(busy), 1_600_000_600, [quiet])];
}

function hashOf(block: Uint8Array): Uint8Array {
  return hash256(block.subarray(0, 80));
}

const gateway = gatewayOver(() => storeOf(blocks(), FIRST_HEIGHT), { scanBudget: 1_000 });

/** The answers before the query is compiled, and after. */
async function answersTo(query: string) {
  const answers = [];
  for (let time = 0; time < 4; time++) answers.push(await post(gateway.url, query));
  return answers;
}

describe('a field that fails by itself', () => {
  it('is one bad address: all other fields at the root are answered', async () => {
    const addresses = Array.from({ length: 19 }, (_, i) => (i === 7 ? `${QUIET}x` : QUIET));
    const fields = addresses.map((address, i) => `a${i}: address(address: "${address}") { address }`);
    for (const { status, data, errors } of await answersTo(`{ ${fields.join(' ')} chain { network } }`)) {
      expect(status).toBe(200);
      expect(errors).toMatchObject([{ path: ['a7'], extensions: { code: 'BAD_ADDRESS' } }]);
      expect(errors).toHaveLength(1);
      const expected = addresses.map((_, i) => [`a${i}`, i === 7 ? null : { address: QUIET }]);
      expect(data).toEqual({ ...Object.fromEntries(expected), chain: { network: 'btc-regtest' } });
    }
  });

  it('is not the balance of an address with very many transactions, which is exact: all is answered', async () => {
    const of = (address: string) =>
      `address(address: "${address}") { type balance { received } transactions(first: 3) { nodes { txid } } unspentOutputs(first: 2) { nodes { value } } }`;
    const query = `{ busy: ${of(BUSY)} quiet: ${of(QUIET)} block(height: 11) { height } blocks(first: 1) { nodes { height } } }`;
    for (const { status, data, errors } of await answersTo(query)) {
      expect(status).toBe(200);
      expect(errors).toBeUndefined();
      expect(data.busy).toMatchObject({
        type: 'P2PKH',
        balance: { received: 50 * (BUSY_TRANSACTIONS + 1) },
        unspentOutputs: { nodes: [{ value: 50 }, { value: 50 }] },
      });
      expect(data.busy.transactions.nodes).toHaveLength(3);
      expect(data.quiet).toMatchObject({ balance: { received: 50 }, unspentOutputs: { nodes: [{ value: 50 }] } });
      expect(data).toMatchObject({ block: { height: 11 }, blocks: { nodes: [{ height: 11 }] } });
    }
  });

  it.each([
    [`transactions(after: "${BAD_CURSOR}") { nodes { txid } }`, ['transactions'], { transactions: null }],
    ['transactions(filter: { txids: null }) { nodes { txid } }', ['transactions'], { transactions: null }],
    ['blocks(first: 0) { nodes { hash } }', ['blocks'], { blocks: null }],
    [
      `block(height: 11) { height transactions(before: "${BAD_CURSOR}") { nodes { txid } } }`,
      ['block', 'transactions'],
      { block: { height: 11, transactions: null } },
    ],
    [
      `address(address: "${QUIET}") { address transactions(first: 101) { nodes { txid } } unspentOutputs { nodes { index } } }`,
      ['address', 'transactions'],
      { address: { address: QUIET, transactions: null, unspentOutputs: { nodes: [{ index: 0 }] } } },
    ],
    [
      `address(address: "${QUIET}") { type unspentOutputs(after: "${BAD_CURSOR}") { nodes { index } } }`,
      ['address', 'unspentOutputs'],
      { address: { type: 'P2PKH', unspentOutputs: null } },
    ],
  ])('is a page that fails: %s', async (field, path, expected) => {
    for (const { status, data, errors } of await answersTo(`{ ${field} chain { network } }`)) {
      expect(status).toBe(200);
      expect(errors).toMatchObject([{ path }]);
      expect(data).toEqual({ ...expected, chain: { network: 'btc-regtest' } });
    }
  });

  it('is a list of conflicts that needs more work than is left: the transaction is answered', async () => {
    const poor = await serve(gateway.store, { scanBudget: 1 });
    const { data, errors } = await post(
      poor.url,
      '{ transactions(first: 1, order: OLDEST_FIRST, filter: { coinbase: false }) { nodes { outputCount conflicts { txid } } } chain { network } }',
    );
    await poor.close();
    expect(errors).toMatchObject([{ extensions: { code: 'BUDGET_EXCEEDED' } }]);
    expect(data).toEqual({
      transactions: { nodes: [{ outputCount: 1, conflicts: null }] },
      chain: { network: 'btc-regtest' },
    });
  });

  it('decides the HTTP status only if nothing else was requested', async () => {
    const bad = 'a: address(address: "x") { type } b: address(address: "y") { type }';
    expect(await post(gateway.url, `{ ${bad} }`)).toMatchObject({ status: 400, data: { a: null, b: null } });
    // That there is no such block is an answer.
    expect(await post(gateway.url, `{ ${bad} block(height: 9999) { hash } }`)).toMatchObject({
      status: 200,
      data: { a: null, b: null, block: null },
    });
  });
});
