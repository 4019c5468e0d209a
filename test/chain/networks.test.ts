import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/chain/byte-writer.ts';
import { concatBytes, fromHex, hashFromHex, hashToHex } from '../../src/chain/bytes.ts';
import { hash256 } from '../../src/chain/hash.ts';
import { BlockHeader } from '../../src/chain/header.ts';
import { isNetworkId, NETWORK_IDS, type NetworkId, networkByChain, networkById } from '../../src/chain/networks.ts';

const MERKLE_ROOT = '4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b';
const BTC_TESTNET4_MERKLE_ROOT = '7aa0a7ae1e223414cb807e40cd57e667b718e42aaf9306db9102fe28912b7b4e';

/** Time, nonce and bits that each node's `chainparams.cpp` passes to `CreateGenesisBlock`. */
const GENESIS: Record<NetworkId, readonly [time: number, nonce: number, bits: number]> = {
  'btc-mainnet': [1231006505, 2083236893, 0x1d00ffff],
  'btc-testnet3': [1296688602, 414098458, 0x1d00ffff],
  'btc-testnet4': [1714777860, 393743547, 0x1d00ffff],
  'btc-signet': [1598918400, 52613770, 0x1e0377ae],
  'btc-regtest': [1296688602, 2, 0x207fffff],
  'bch-mainnet': [1231006505, 2083236893, 0x1d00ffff],
  'bch-testnet3': [1296688602, 414098458, 0x1d00ffff],
  'bch-testnet4': [1597811185, 114152193, 0x1d00ffff],
  'bch-scalenet': [1598282438, -1567304284, 0x1d00ffff],
  'bch-chipnet': [1597811185, 114152193, 0x1d00ffff],
  'bch-regtest': [1296688602, 2, 0x207fffff],
  'bsv-mainnet': [1231006505, 2083236893, 0x1d00ffff],
  'bsv-testnet': [1296688602, 414098458, 0x1d00ffff],
  'bsv-stn': [1296688602, 414098458, 0x1d00ffff],
  'bsv-regtest': [1296688602, 2, 0x207fffff],
};

describe.each(NETWORK_IDS)('%s', (id) => {
  const network = networkById(id);

  it("is found by its name, and by its coin and its node's name for it", () => {
    expect(network.id).toBe(id);
    expect(isNetworkId(id)).toBe(true);
    expect(id.startsWith(network.currency.toLowerCase())).toBe(true);
    expect(networkByChain(network.currency, network.chain)).toBe(network);
  });

  it('has the genesis block of its node', () => {
    const [time, nonce, bits] = GENESIS[id];
    const root = id === 'btc-testnet4' ? BTC_TESTNET4_MERKLE_ROOT : MERKLE_ROOT;
    const header = new ByteWriter(80).i32(1).bytes(new Uint8Array(32)).bytes(hashFromHex(root));
    const bytes = header.u32(time).u32(bits).u32(nonce).finish();
    expect(hashToHex(new BlockHeader(bytes).hash)).toBe(network.genesisHash);
  });

  it('has one dialect', () => {
    expect(network.segwit).toBe(network.currency === 'BTC');
    expect(network.addresses.bech32 !== null).toBe(network.segwit);
    expect(network.cashTokens).toBe(network.currency === 'BCH');
    expect(network.p2sh32).toBe(network.currency === 'BCH');
    expect(network.addresses.cashaddr !== null).toBe(network.currency === 'BCH');
    expect(network.genesisUpgradeHeight !== null).toBe(network.currency === 'BSV');
    expect(network.addresses.publicKeyHash === 0).toBe(id.endsWith('-mainnet'));
  });
});

it('other names are refused', () => {
  for (const text of ['', 'btc', 'BTC-MAINNET', 'toString', '__proto__']) expect(isNetworkId(text)).toBe(false);
  expect(networkByChain('BTC', 'stn')).toBeUndefined();
  expect(networkByChain('BCH', 'testnet4')).toBeUndefined();
});

it('marks blocks of the public signet with the hash of its challenge (BIP325)', () => {
  const challenge = fromHex(
    '512103ad5e0edad18cb1f0fc0d28a3d4f1f3e445640337489abb10404f2d1e086be430' +
      '210359ef5021964fe22d6f8e05b2463c9540ce96883fe3b278760f048f5189f2e6c452ae',
  );
  const hash = hash256(concatBytes(Uint8Array.of(challenge.length), challenge));
  expect(networkById('btc-signet').magic).toEqual(hash.slice(0, 4));
});
